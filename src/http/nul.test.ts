import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { describe, it } from 'node:test'
import { parseUsername, usernameKey } from '../accounts/user.ts'
import { readFields } from '../cli/user-fields.ts'
import { canonicalAddress } from '../lib/addresses.ts'
import { describeUserAgent } from '../lib/user-agent.ts'
import { LEFT_OUT, testPostgres } from '../stores/services.testing.ts'
import { GOOD_PASSWORD } from '../testing.ts'
import { type Asked, openApp } from './requests.testing.ts'

const postgres = await testPostgres()
const NUL = 'a\0b'

describe('a NUL, which Postgres cannot keep,', () => {
  it('gets into no username, and no field of a user', () => {
    for (const typed of [NUL, '\0', 'user1\0', '\0user1']) assert.equal(parseUsername(typed), null)
    for (const field of ['email', 'phone', 'name'])
      assert.throws(() => readFields({ [field]: `${NUL}@x.test` }))
    // What is normalised may become a letter, but never a NUL.
    for (let point = 1; point <= 0x10ffff; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue
      assert.ok(!usernameKey(String.fromCodePoint(point)).includes('\0'), point.toString(16))
    }
  })

  it('gets into no device and no address', () => {
    for (const agent of [NUL, 'curl/8\0', '\0Firefox/1 Linux\0'])
      assert.ok(!describeUserAgent(agent).includes('\0'))
    // Of what a proxy says only an address is taken, in its one spelling.
    for (const hop of ['192.0.2.1\0', '::1\0', 'fe80::1%a\0b'])
      assert.ok(isIP(hop) === 0 || !canonicalAddress(hop).includes('\0'))
  })

  const skip = postgres ? false : LEFT_OUT.postgres
  it('in anything that is sent is refused as any other wrong text is', { skip }, async () => {
    const { ask, begin, deps } = await openApp({ databaseUrl: (await postgres?.fresh()) ?? '' })
    const code = (await deps.setup.open()) ?? assert.fail()
    const form = { username: NUL, password: GOOD_PASSWORD }
    const refused: [number, string, Asked][] = [
      [403, '/setup', { form: { ...form, code: NUL } }],
      [422, '/setup', { form: { ...form, code } }],
      [401, '/signin', { form }],
      [401, '/signin', { json: { username: '\0', password: NUL } }],
      [401, '/login', { json: form }],
      [401, '/v1/auth', { form }],
      [401, '/v1/auth', { method: 'POST', headers: { authorization: `Basic ${btoa(`${NUL}:${NUL}`)}` } }],
      [401, '/token/refresh', { json: { refresh_token: NUL } }],
    ]
    for (const [status, path, asked] of refused) assert.equal((await ask(path, asked)).status, status, path)
    const { cookie } = await begin()
    for (const sid of ['%00', 'a%00b'])
      assert.equal((await ask(`/sessions/${sid}/end`, { method: 'POST', cookie })).status, 404)
    const agent = { 'user-agent': 'curl/8', 'x-forwarded-for': '%00' }
    const good = { form: { username: 'user1', password: GOOD_PASSWORD, next: '/\0' }, headers: agent }
    assert.equal((await ask('/signin', { as: 'browser', ...good })).status, 303)
    assert.equal((await ask('/sessions', { cookie })).status, 200)
  })
})
