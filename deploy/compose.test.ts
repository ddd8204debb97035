import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { readConfig } from '../src/config.ts'
import { assertSettings } from './settings.testing.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const read = (path: string) => readFile(here(path), 'utf8')

// What only the operator has. The head of compose.yaml and docs/deploy.md say how each is made.
const OPERATORS = ['./keys']
const OF_SECRETS = './secrets/'
const DRAIN_SECONDS = 10

interface Service {
  image: string
  build?: { context: string; dockerfile: string }
  restart?: string
  stop_grace_period?: string
  read_only?: boolean
  mem_limit?: string
  command?: string[]
  environment?: Record<string, string>
  secrets?: string[]
  volumes?: string[]
  networks?: string[] | Record<string, { ipv4_address?: string }>
  ports?: string[]
  profiles?: string[]
  healthcheck?: { test: string[] }
}

const megabytes = (size: string) => Number(/^(\d+)mb?$/.exec(size)?.[1])

describe('compose.yaml', () => {
  let text: string
  let services: Record<string, Service>
  let secrets: Record<string, { file: string }>
  let volumes: Record<string, unknown>
  before(async () => {
    text = await read('compose.yaml')
    ;({ services, secrets, volumes } = parse(text, { merge: true }))
  })
  const ours = () => Object.entries(services).filter(([, { build }]) => build)
  const namedNodes = () => ours().filter(([, { profiles }]) => !profiles)
  const nodes = () => namedNodes().map(([, service]) => service)
  const standing = () => Object.entries(services).filter(([, { profiles }]) => !profiles)
  const addressOf = ({ networks = {} }: Service) =>
    Array.isArray(networks) ? undefined : networks.front?.ipv4_address

  it('has two nodes that say the same, in settings that exist, with no secret among them', () => {
    assert.equal(nodes().length, 2)
    const [one, other] = nodes()
    assert.deepEqual(one?.environment, other?.environment)
    for (const [, { environment = {} }] of ours()) assertSettings(Object.keys(environment))
    const settings = { ...one?.environment }
    for (const name of Object.keys(settings).filter((name) => name.endsWith('_FILE'))) delete settings[name]
    const outcome = readConfig(settings, { envFile: here('no.env') })
    assert.deepEqual(outcome.ok || outcome.problems, true)
  })

  it('hands each secret over as a file that is mounted there', () => {
    for (const [name, { environment = {}, secrets: mounted = [] }] of Object.entries(services)) {
      const named = Object.entries(environment).filter(([setting]) => setting.endsWith('_FILE'))
      for (const [, path] of named)
        assert.ok(mounted.includes(path.replace('/run/secrets/', '')), `${name} ${path}`)
      for (const secret of mounted) assert.ok(secrets[secret]?.file.startsWith(OF_SECRETS), secret)
    }
    for (const { file } of Object.values(secrets))
      assert.match(text.slice(0, text.indexOf('services:')), new RegExp(file.replace(OF_SECRETS, '')))
  })

  it('mounts what is in the repository, what the operator is told to make, or a volume it names', () => {
    for (const [name, service] of Object.entries(services))
      for (const [source = ''] of (service.volumes ?? []).map((volume) => volume.split(':'))) {
        const isThere = source.startsWith('./') ? existsSync(here(source)) : source in volumes
        assert.ok(OPERATORS.includes(source) || isThere, `${name} ${source}`)
      }
    for (const [, { build }] of ours())
      assert.ok(build && existsSync(here(`${build.context}/${build.dockerfile}`)))
  })

  it("lets nodes read the keys only, and write into nothing but a volume that is no other node's", async () => {
    const [, dataDir] = /^ENV .*DATA_DIR=(\S+)$/m.exec(await read('Dockerfile')) ?? []
    for (const [name, node] of namedNodes()) {
      assert.deepEqual(node.volumes, ['./keys:/keys:ro', `${name}:${dataDir}`])
      assert.equal(node.read_only, true)
      assert.ok(Number.parseInt(node.stop_grace_period ?? '', 10) > DRAIN_SECONDS)
    }
  })

  it('starts everything again, knows whether each is well, and opens nginx alone to the world', async () => {
    const dockerfile = await read('Dockerfile')
    for (const [name, { restart, healthcheck, build }] of standing()) {
      assert.equal(restart, 'unless-stopped', name)
      assert.ok(healthcheck ?? (build && dockerfile.includes('\nHEALTHCHECK ')), name)
    }
    const open = Object.entries(services).filter(([, { ports }]) => ports)
    assert.deepEqual(
      open.map(([name]) => name),
      ['nginx'],
    )
  })

  it('lets Redis be full, and refuse, long before the kernel ends it', () => {
    const { command = [], mem_limit = '' } = services.redis ?? {}
    const [most, limit] = [command[command.indexOf('--maxmemory') + 1] ?? '', mem_limit].map(megabytes)
    assert.ok(most && limit && limit >= 2 * most, `${most} of ${limit} MB`)
    assert.equal(command[command.indexOf('--maxmemory-policy') + 1], 'noeviction')
  })

  it('gives nginx the addresses of the nodes, and nodes the address of nginx', async () => {
    const addresses = (await read('nginx/nodes.conf')).matchAll(/^server ([\d.]+):8000 /gm)
    assert.deepEqual(
      [...addresses].map(([, address]) => address),
      nodes().map(addressOf),
    )
    for (const { environment } of nodes())
      assert.equal(environment?.TRUSTED_PROXIES, services.nginx && addressOf(services.nginx))
  })

  it('has one name: the one of the certificate is the one of PUBLIC_URL', async () => {
    const [, name] = /^server_name (\S+);$/m.exec(await read('nginx/site.conf')) ?? []
    for (const { environment } of nodes()) assert.equal(environment?.PUBLIC_URL, `https://${name}`)
  })
})
