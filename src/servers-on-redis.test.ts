import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  addUser,
  type Environment,
  latchkey,
  newFolder,
  type Server,
  serve,
  until,
} from './cli/process.testing.ts'
import { freePort } from './free-port.testing.ts'
import { newId } from './lib/ids.ts'
import { readRedisUrl } from './lib/redis-url.ts'
import { openRedisLink } from './stores/redis-link.ts'
import { LEFT_OUT, testRedis } from './stores/services.testing.ts'
import { GOOD_PASSWORD } from './testing.ts'

const SECRET = 'one secret for all of the nodes, known to tests'

const redis = await testRedis()
const skip = redis ? false : LEFT_OUT.redis

/** A folder with a key, and what each node is told. */
async function site() {
  const folder = await newFolder()
  const urlFile = join(folder, 'redis-url')
  await writeFile(urlFile, `${await redis?.fresh()}\n`, { mode: 0o600 })
  const port = String(await freePort())
  const shared: Environment = {
    ...{ SECRET, REDIS_URL_FILE: urlFile, PUBLIC_URL: `http://localhost:${port}` },
  }
  const run = (...args: string[]) => latchkey(folder, args, shared)
  assert.equal((await run('keys', 'generate')).code, 0)
  await addUser(folder, 'user1')
  return { folder, shared, port, run }
}

const signIn = async ({ url }: Server): Promise<string> => {
  const basic = Buffer.from(`user1:${GOOD_PASSWORD}`).toString('base64')
  const response = await fetch(`${url}/v1/auth`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
  })
  assert.equal(response.status, 200)
  return response.text()
}
const ask = ({ url }: Server, token: string, path = '/v1/me', method = 'GET') =>
  fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${token}` } })
const isRefused = async (server: Server, token: string) => (await ask(server, token)).status === 401

describe('two servers on one Redis', { skip }, () => {
  it('each know at once what was ended on the other, or on the command line', async (t) => {
    const { folder, shared, port, run } = await site()
    const one = await serve(folder, { ...shared, PORT: port })
    const two = await serve(folder, shared)
    const latencies: number[] = []
    for (let n = 0; n < 8; n++) {
      const token = await signIn(one)
      assert.equal((await ask(two, token)).status, 200)
      assert.equal((await ask(one, token, '/logout', 'POST')).status, 204)
      const begun = performance.now()
      while (!(await isRefused(two, token))) assert.ok(performance.now() - begun < 5000)
      latencies.push(performance.now() - begun)
    }
    latencies.sort((a, b) => a - b)
    const [median = 0, worst = 0, allButOne = 0] = [latencies[4], latencies.at(-1), latencies.at(-2)]
    t.diagnostic(
      `refused by the other after ${median.toFixed(1)} ms (median), ${worst.toFixed(1)} ms (worst)`,
    )
    // One for a pause of the machine.
    assert.ok(allButOne < 1000, `${allButOne} ms`)

    const token = await signIn(two)
    const { stdout } = await run('sessions', 'end', '--user', 'user1')
    assert.match(stdout, /^Ended 1 session of user1/)
    for (const server of [one, two]) await until('it is refused', () => isRefused(server, token))
    for (const server of [one, two]) {
      await server.stop()
      assert.ok(!`${server.said.stdout}${server.said.stderr}`.includes(new URL(redis?.url ?? '').password))
    }
  })

  it('start only with what all of them must have, and where Redis can be used', async () => {
    const folder = await newFolder()
    const REDIS_URL = (await redis?.fresh()) ?? ''
    const nobody = `redis://:hunter2@127.0.0.1:${await freePort()}`
    for (const [environment, expected] of [
      [{ REDIS_URL }, /SECRET must be set/],
      [{ REDIS_URL, SECRET }, /latchkey keys generate/],
      [{ REDIS_URL: 'redis://:hunter2@localhost/x', SECRET }, /REDIS_URL must be a URL such as redis:/],
      [{ REDIS_URL: nobody, SECRET }, /^The Redis of REDIS_URL cannot be used: connect ECONNREFUSED/],
    ] as const) {
      if (environment.REDIS_URL === nobody) await latchkey(folder, ['keys', 'generate'])
      const { code, stderr } = await latchkey(folder, ['serve'], environment)
      assert.equal(code, 1)
      assert.match(stderr, expected)
      assert.doesNotMatch(stderr, /hunter2|\n\s+at /)
    }
  })

  it('end when they cannot begin with what Redis lets them do, so that they are started again', async (t) => {
    const url = (await redis?.fresh()) ?? ''
    const link = await openRedisLink(readRedisUrl(url) ?? assert.fail())
    const user = newId()
    await link.send(['ACL', 'SETUSER', user, 'on', '>hunter2', '~*', '+@all', '-get'])
    t.after(async () => {
      await link.send(['ACL', 'DELUSER', user])
      await link.close()
    })
    const REDIS_URL = Object.assign(new URL(url), { username: user, password: 'hunter2' }).href
    const folder = await newFolder()
    await latchkey(folder, ['keys', 'generate'])
    const { code, stderr } = await latchkey(folder, ['serve'], { REDIS_URL, SECRET })
    assert.equal(code, 1)
    assert.match(stderr, /^Redis cannot be used: NOPERM [^\n]*[^.]\.\n$/)
  })
})
