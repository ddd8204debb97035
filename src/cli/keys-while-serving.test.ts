import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { addUser, latchkey, newFolder, type Server, serve, until } from './process.testing.ts'

const kidOf = (cookie: string) => decodeProtectedHeader(cookie.slice(cookie.indexOf('=') + 1)).kid ?? ''
const published = async ({ url }: Server) =>
  Object.keys((await (await fetch(`${url}/v1/keys`)).json()) as Record<string, string>)
const statusOf = async (server: Server, cookie: string) => (await server.session(cookie)).status

describe('keys of a server that is running', () => {
  it('come, sign after their lead, and go, and only whoever holds a token of a key that is gone is refused', async () => {
    const folder = await newFolder()
    await addUser(folder, 'ada')
    const environment = { KEY_LEAD: '1s' }
    const keys = (...args: string[]) => latchkey(folder, ['keys', ...args], environment)
    const server = await serve(folder, environment)
    const first = await server.signIn('ada')

    assert.equal((await keys('generate')).code, 0)
    await until('the new key is published', async () => (await published(server)).length === 2)
    const second = await until('the new key signs', async () => {
      const cookie = await server.signIn('ada')
      return kidOf(cookie) === kidOf(first) ? null : cookie
    })
    assert.deepEqual([await statusOf(server, first), await statusOf(server, second)], [200, 200])

    assert.match((await keys('retire', kidOf(first))).stderr, /may live until/)
    assert.equal(await statusOf(server, first), 200)
    assert.equal((await keys('retire', kidOf(first), '--now')).code, 0)
    await until('the old key is gone', async () => (await statusOf(server, first)) === 401)
    assert.equal(await statusOf(server, second), 200)
    assert.deepEqual(await published(server), [kidOf(second)])

    await server.stop()
    const about = (kid: string) => `"kid":"${kid}","alg":"ES256"`
    assert.match(server.said.stdout, new RegExp(`${about(kidOf(second))},"msg":"key.added"`))
    assert.match(server.said.stdout, new RegExp(`${about(kidOf(first))},"msg":"key.removed"`))
  })

  it('stay as they are when the folder vanishes, which is an error in the log', async () => {
    const folder = await newFolder()
    await addUser(folder, 'ada')
    const server = await serve(folder)
    const cookie = await server.signIn('ada')
    const dir = join(folder, 'data', 'keys')
    await rename(dir, `${dir}.away`)
    await until('it is told', () => /"level":50,.*The key folder .* is not there/.test(server.said.stdout))
    assert.equal(await statusOf(server, cookie), 200)
    assert.equal(await statusOf(server, await server.signIn('ada')), 200)
    await server.stop()
  })

  it('of HS256 are used and not published, which start warns of', async () => {
    const folder = await newFolder()
    await addUser(folder, 'ada')
    const server = await serve(folder, { TOKEN_ALG: 'HS256' })
    const cookie = await server.signIn('ada')
    assert.equal(await statusOf(server, cookie), 200)
    assert.equal(decodeProtectedHeader(cookie.slice(cookie.indexOf('=') + 1)).alg, 'HS256')
    assert.deepEqual(await published(server), [])
    await server.stop()
    assert.match(server.said.stdout, /"level":40,.*"alg":"HS256".*key\.not_published/)
  })
})
