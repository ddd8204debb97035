import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { HONOURED_WITHIN_MILLISECONDS } from '../until.testing.ts'
import { packVerify } from './pack.ts'
import { runLatchkey, startProgram } from './running.testing.ts'

const run = promisify(execFile)
const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))

/** Node's own server, for the tarball brings none. */
const APP = `
import { createServer } from 'node:http'
import { Hono } from 'hono'
import { createVerifier, latchkey } from 'latchkey/verify'

const verifier = createVerifier({ issuer: process.argv[2] })
await verifier.ready()
const app = new Hono().use(latchkey({ verifier })).get('/', (c) => c.text('hello ' + c.get('user').username))
const server = createServer(async (request, response) => {
  const answer = await app.request('/', { headers: request.headers })
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

const TYPED_APP = `
import { Hono } from 'hono'
import { createVerifier, latchkey, type LatchkeyEnv, type Outcome, type Presented, type User } from 'latchkey/verify'

const verifier = createVerifier({ issuer: 'https://auth.example.test', audience: ['a', 'b'] })
const app = new Hono<LatchkeyEnv>().use(latchkey({ verifier, role: 'admin' }))
app.get('/', (c) => c.text(c.get('user').username.toUpperCase() + c.var.user.exp.toFixed()))
const optional = new Hono().use(latchkey({ verifier, required: false }))
optional.get('/', (c) => c.text(c.var.user?.sub ?? c.var.latchkey.kind))
// @ts-expect-error: it may be nobody
optional.get('/', (c) => c.text(c.var.user.sub))
// @ts-expect-error: there is no such role
latchkey({ verifier, role: 'root' })
// @ts-expect-error: to leave it to the app and to ask for a role
latchkey({ verifier, required: false, role: 'admin' })
export const outcome: Outcome = await verifier.verify('x')
// @ts-expect-error: it is everybody's
outcome.kind = 'live'
export const presented: Presented = await verifier.verifyRequest(new Headers({ cookie: 'a=b' }))
export const ofNode = (headers: { [name: string]: string | string[] | undefined; cookie?: string; authorization?: string }) =>
  verifier.verifyRequest(headers, ['mine'])
const behind = createVerifier({ issuer: 'https://auth.example.test', app: 'https://app.example.test' })
new Hono<LatchkeyEnv>().use(latchkey({ issuer: 'https://auth.example.test', app: 'https://app.example.test', role: 'admin' }))
export const told: Presented = await behind.verifyRequest({ 'remote-assertion': 'x' })
export const toldNode = (headers: { [name: string]: string | string[] | undefined; cookie?: string; authorization?: string }) =>
  behind.verifyRequest(headers)
// @ts-expect-error: an app has one origin
createVerifier({ issuer: 'https://auth.example.test', app: ['https://app.example.test'] })
// @ts-expect-error: the request, in place of its headers
verifier.verifyRequest(new Request('https://app.example.test'))
export const nameOf = (user: User): string => {
  // @ts-expect-error: it is everybody's
  user.username = 'x'
  // @ts-expect-error: so is the list
  if (typeof user.aud === 'object') user.aud.push('x')
  return user.username
}
export default app
`

/** Another Node that is installed, as the apps' own may be; null where there is none. */
async function otherNode(): Promise<string | null> {
  const { stdout } = await run('which', ['-a', 'node']).catch(() => ({ stdout: '' }))
  for (const path of stdout.trim().split('\n')) {
    const { stdout: version } = await run(path, ['--version']).catch(() => ({ stdout: '' }))
    if (/^v(20|22)\./.test(version)) return path
  }
  return null
}

const nodes = { 'the Node of Latchkey': process.execPath, 'another Node': await otherNode() }

describe('the tarball of npm run pack:verify', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-app-'))
    const tarball = await packVerify(folder)
    await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}')
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball, join(MODULES, 'hono')], {
      cwd: folder,
    })
    await writeFile(join(folder, 'app.js'), APP)
  })
  after(() => rm(folder, { recursive: true }))

  const files = () => readdir(join(folder, 'node_modules/latchkey'), { recursive: true })

  it('holds the few files it needs, and nothing else of Latchkey', async () => {
    const names = (await files()).filter((name) => name.includes('.') || name === 'LICENSE')
    assert.ok(names.includes('LICENSE') && names.includes('README.md') && names.includes('verify/index.js'))
    for (const name of names)
      assert.match(name, /^(verify|tokens|lib)\/[\w-]+\.(js|d\.ts)$|^(LICENSE|README\.md|package\.json)$/)
    for (const name of ['verify/pack.js', 'tokens/issue.js', 'lib/ids.js', 'config.js'])
      assert.ok(!names.includes(name))
    assert.ok(names.length < 70, `${names.length}`)
  })

  it('imports nothing but hono, Node and itself', async () => {
    const imported = new Set<string>()
    for (const name of (await files()).filter((name) => /\.(js|ts)$/.test(name))) {
      const text = await readFile(join(folder, 'node_modules/latchkey', name), 'utf8')
      for (const [, from = ''] of text.matchAll(/(?:\bfrom|\bimport|\brequire\()\s*\(?['"]([^'"]+)['"]/g))
        imported.add(from)
    }
    const outside = [...imported].filter((from) => !/^\.\.?\/[\w/-]+\.js$/.test(from))
    assert.deepEqual(outside.toSorted(), ['hono', 'hono/utils/jwt/jws', 'node:crypto'])
  })

  it('has types that an app is checked against', async () => {
    const options = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
    }
    await writeFile(join(folder, 'typed.ts'), TYPED_APP)
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['typed.ts'] }),
    )
    const tsc = join(MODULES, 'typescript/bin/tsc')
    const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch((error) => error)
    assert.equal(stdout, '')
  })

  for (const [which, node] of Object.entries(nodes)) {
    it(`runs on ${which}: signed in 200, signed out 401 within a second`, {
      skip: node === null && 'no Node 20 or 22 is installed',
    }, async () => {
      const latchkey = await runLatchkey()
      const port = await startProgram(node ?? '', ['app.js', latchkey.issuer], folder)
      const ask = (token: string) =>
        fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: `Bearer ${token}` } })
      const { token, signOut } = await latchkey.signIn()
      assert.equal(await (await ask(token)).text(), 'hello user1')
      for (const [what, bad] of Object.entries(await latchkey.badTokens()))
        assert.equal((await ask(bad)).status, 401, what)
      await signOut()
      const until = performance.now() + HONOURED_WITHIN_MILLISECONDS
      let status = 200
      while (status === 200 && performance.now() < until) status = (await ask(token)).status
      assert.equal(status, 401)
    })
  }
})
