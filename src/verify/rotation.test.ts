import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { Hono } from 'hono'
import { newFolder, until } from '../cli/process.testing.ts'
import { manualClock } from '../lib/clock.ts'
import { GOOD_PASSWORD, START, testConfig } from '../testing.ts'
import { decideRetirement } from '../tokens/key-life.ts'
import { generateKeyText } from '../tokens/signing-key.ts'
import { idAt } from '../vectors/forge.testing.ts'
import { type LatchkeyEnv, latchkey } from './latchkey.ts'
import { startOnFreePort } from './on-free-port.testing.ts'
import { createVerifier } from './verifier.ts'

const STEP_SECONDS = 15
const LEAD_SECONDS = 300
const FROM = { address: null }

/** A Latchkey whose keys are files that the test makes, and a service behind `latchkey/verify`, all by one clock that is moved. */
async function open() {
  const clock = manualClock(START)
  const keysDir = join(await newFolder(), 'keys')
  const { deps, server, issuer } = await startOnFreePort(
    (port) =>
      testConfig({ publicUrl: `http://localhost:${port}`, port, keysDir, keyLeadSeconds: LEAD_SECONDS }),
    clock,
  )
  // Its requests wait in real time, while the clock leaps: what is tested here is not staleness.
  const time = { clock, steadyClock: clock, maxStaleSeconds: 1e6 }
  const verifier = createVerifier({ issuer, ...time })
  after(async () => {
    verifier.close()
    await server.stop()
    await deps.close()
  })
  await deps.accounts.add({ username: 'user1', password: GOOD_PASSWORD }, FROM)
  await verifier.ready()
  const service = new Hono<LatchkeyEnv>()
    .use(latchkey({ verifier }))
    .get('/', (c) => c.text(c.var.user.username))
  const kids = () => deps.ring.all().map(({ kid }) => kid)
  const noticed = (kid: string, isThere: boolean) =>
    until('the folder was read', () => kids().includes(kid) === isThere)
  return {
    ...{ clock, issuer, deps, kids },
    ask: (path: string, init: RequestInit) => fetch(`${issuer}${path}`, { redirect: 'manual', ...init }),
    serve: async (token: string) =>
      (await service.request('/', { headers: { authorization: `Bearer ${token}` } })).status,
    async addKey() {
      const kid = idAt(clock.now())
      await writeFile(join(keysDir, `${kid}.pem`), await generateKeyText('ES256'), { mode: 0o600 })
      await noticed(kid, true)
      return kid
    },
    async removeKey(kid: string) {
      await rm(join(keysDir, `${kid}.pem`))
      await noticed(kid, false)
    },
  }
}

const tokenOf = (answer: Response) =>
  answer.headers.getSetCookie()[0]?.split(/[=;]/)[1] ?? assert.fail('no cookie')
const kidOf = (token: string) =>
  JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString()).kid as string

it('a key is replaced while a client signs in, refreshes and calls a service: not one refusal', async () => {
  const { clock, deps, kids, ask, serve, addKey, removeKey } = await open()
  const [first = ''] = kids()
  const form = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const signIn = async (path = '/signin') => {
    const body = JSON.stringify({ username: 'user1', password: GOOD_PASSWORD })
    const answer = await ask(path, { ...form, body })
    assert.equal(answer.status, 200)
    return answer
  }
  const seen = new Set<string>()
  let cookie = tokenOf(await signIn())
  let pair = (await (await signIn('/login')).json()) as { access_token: string; refresh_token: string }
  let second: string | undefined
  let retiredAt: number | undefined

  for (let age = 0; age < 3600; age += STEP_SECONDS) {
    // The tokens of both are looked at by Latchkey itself and by the service.
    for (const token of [cookie, pair.access_token]) {
      const here = await ask('/v1/me', { headers: { authorization: `Bearer ${token}` } })
      assert.deepEqual([here.status, await serve(token)], [200, 200], `${kidOf(token)} after ${age} s`)
      seen.add(kidOf(token))
    }
    const refreshed = await ask('/refresh', { method: 'POST', headers: { cookie: `token=${cookie}` } })
    if (refreshed.status === 200) cookie = tokenOf(refreshed)
    else assert.equal(refreshed.status, 400, 'too early is no refusal')
    if (age % 600 === 0) {
      const body = JSON.stringify({ refresh_token: pair.refresh_token })
      const answer = await ask('/token/refresh', { ...form, body })
      assert.equal(answer.status, 200)
      pair = (await answer.json()) as typeof pair
    }
    if (age % 300 === 0) assert.equal(await serve(tokenOf(await signIn())), 200)

    if (age === 600) second = await addKey()
    const keys = kids().map((kid) => ({ kid, thereSince: 0 }))
    const policy = { leadSeconds: LEAD_SECONDS, longestTokenLifeSeconds: 900 }
    if (
      second &&
      !retiredAt &&
      decideRetirement(keys, { kid: first }, policy, clock.now()).kind === 'retire'
    ) {
      await removeKey(first)
      retiredAt = age
    }
    clock.advance(STEP_SECONDS)
    await deps.revocations.poll()
  }
  assert.deepEqual([...seen], [first, second])
  // 600 + its lead, and then the longest life of a token and a minute.
  assert.equal(retiredAt, 600 + LEAD_SECONDS + 900 + 60)
  assert.equal(kidOf(cookie), second)
})

it('a key that is removed is refused by Latchkey at once, and by the service when it has asked again', async () => {
  const { clock, ask, serve, addKey, removeKey, kids } = await open()
  const [first = ''] = kids()
  const body = JSON.stringify({ username: 'user1', password: GOOD_PASSWORD })
  const signIn = () =>
    ask('/v1/auth', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const old = await (await signIn()).text()
  assert.equal(await serve(old), 200)
  await addKey()
  await removeKey(first)
  const me = await ask('/v1/me', { headers: { authorization: `Bearer ${old}` } })
  assert.equal(me.status, 401)
  // A token of the new key makes it ask, for it knows that key not yet.
  clock.advance(1)
  assert.equal(await serve(await (await signIn()).text()), 200)
  assert.equal(await serve(old), 401)
})
