import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { User } from '../accounts/user.ts'
import { forgingKey } from '../vectors/forge.testing.ts'
import { FROM, openRig, type Rig } from '../vectors/rig.testing.ts'
import type { Grant } from './grant.ts'
import { pairOf } from './pair.testing.ts'

const keys = [await forgingKey()]
const PASSWORD = 'a plain long sentence'

/** What is there when the race begins: two sessions of a user. `used` is one whose refresh token was used twice. */
interface Start {
  rig: Rig
  user: User
  plain: Grant
  pair: ReturnType<typeof pairOf>
  used: string
}
type Act = (start: Start) => Promise<Grant | null>

const refresh: Act = async ({ rig, plain }) => {
  const outcome = await rig.sessions.refresh(plain.claims, FROM)
  assert.ok(outcome.kind === 'renewed' || outcome.kind === 'over')
  return outcome.kind === 'renewed' ? outcome.grant : null
}
const start: Act = ({ rig, user }) => rig.sessions.start(user, { carrier: 'bearer', remember: true }, FROM)
const rotate: Act = async ({ rig, pair }) => {
  const outcome = await rig.rotate(pair.refresh, 'bearer', FROM)
  assert.ok(outcome.kind === 'rotated' || outcome.kind === 'over')
  return outcome.kind === 'rotated' ? outcome.grant : null
}

const none = async (work: Promise<unknown>) => {
  await work
  return null
}
/** What ends every session of a user. */
const endsAll: Record<string, Act> = {
  disable: ({ rig, user }) => none(rig.accounts.change(user, { status: 'disabled' }, FROM)),
  'another role': ({ rig, user }) => none(rig.accounts.change(user, { role: 'admin' }, FROM)),
  delete: ({ rig, user }) => none(rig.accounts.delete(user, FROM)),
  'another password': ({ rig, user }) => none(rig.accounts.setPassword(user, `${PASSWORD} more`, FROM)),
  'their own new password': ({ rig, user }) =>
    none(rig.accounts.changePassword(user, PASSWORD, `${PASSWORD} more`, FROM)),
}
/** What ends the session of the pair. */
const endsOne: Record<string, Act> = {
  'signing out': ({ rig, pair }) => none(rig.endings.one(pair.sid, 'signed-out', FROM)),
  'ending that device': ({ rig, user, pair }) =>
    none(rig.devices.end(user.id, pair.sid, 'ended-elsewhere', FROM)),
  'ending all other devices': ({ rig, user, plain }) =>
    none(rig.devices.endOthers(user.id, plain.claims.sid, FROM)),
  reuse: ({ rig, used }) => none(rig.rotate(used, 'bearer', FROM)),
}

/** The order of store calls, and how many of those of the others each act lets pass before it begins. */
interface Order {
  scheduler: fc.Scheduler
  delays: number[]
}
const LENGTHS = { minLength: 6, maxLength: 6 }

/** Runs the acts at once, their store calls in any order; the grants that came out of it. */
async function race({ scheduler, delays }: Order, acts: Act[]): Promise<Start & { grants: Grant[] }> {
  let racing = false
  const pause = (call: string) => (racing ? scheduler.schedule(Promise.resolve(), call) : Promise.resolve())
  const rig = await openRig({ keys, pause })
  // A hash takes longer than all the rest together: the race would be over before its end.
  Object.assign(rig.passwords, { hash: async () => 'a hash', matches: async () => true })
  const user = await rig.addUser()
  const plain = await rig.signIn(user)
  const first = pairOf(await rig.signIn(user, { carrier: 'bearer', remember: true }))
  let pair = first
  for (let i = 0; i < 2; i++) {
    const outcome = await rig.rotate(pair.refresh, 'bearer', FROM)
    assert.ok(outcome.kind === 'rotated')
    pair = pairOf(outcome.grant)
  }
  rig.clock.advance(280)
  const begun = { rig, user, plain, pair, used: first.refresh }
  racing = true
  const begin = async (act: Act, index: number) => {
    for (let i = delays[index] ?? 0; i > 0; i--) await pause('begin')
    return act(begun)
  }
  const results = await scheduler.waitFor(Promise.all(acts.map(begin)))
  racing = false
  await rig.revocations.poll()
  return { ...begun, grants: results.filter((grant) => grant !== null) }
}

const kindOf = async ({ rig }: Start, token: string) => (await rig.sessions.resume(token)).kind
const told = async ({ rig }: Start, event: string) =>
  (await rig.audit.list({})).filter((entry) => entry.event === event).length

/** Neither an access token nor a refresh token of it is worth anything. */
async function assertNothingLives(
  raced: Start,
  tokens: (string | undefined)[],
  refreshTokens: (string | undefined)[],
) {
  for (const token of tokens) assert.equal(await kindOf(raced, token ?? ''), 'revoked')
  for (const token of refreshTokens)
    assert.equal((await raced.rig.rotate(token ?? '', 'bearer', FROM)).kind, 'over')
}

const inAnyOrder = (runs: number, check: (order: Order) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(fc.record({ scheduler: fc.scheduler(), delays: fc.array(fc.nat(12), LENGTHS) }), check),
    { numRuns: runs },
  )

describe('whatever the order of store calls', () => {
  for (const [name, ending] of Object.entries(endsOne)) {
    it(`nothing of a session lives after: ${name}, beside rotating its refresh token`, async () => {
      let rotated = 0
      await inAnyOrder(25, async (order) => {
        const raced = await race(order, [rotate, rotate, ending, rotate])
        const { rig, pair, used, grants } = raced
        rotated += grants.length
        await assertNothingLives(
          raced,
          [pair.access, ...grants.map(({ token }) => token)],
          [pair.refresh, used, ...grants.map((grant) => grant.refresh?.token)],
        )
        assert.equal(await told(raced, 'session.ended'), 1)
        assert.equal(await told(raced, 'refresh.reuse_detected'), name === 'reuse' ? 1 : 0)
        assert.equal(await kindOf(raced, raced.plain.token), 'live')
        await rig.close()
      })
      assert.ok(rotated > 0, 'no rotation was ever first: the orders are not mixed')
    })
  }

  it('nothing of a session lives after signing out, beside refreshing it', async () => {
    let renewed = 0
    await inAnyOrder(30, async (order) => {
      const end: Act = ({ rig, plain }) => none(rig.endings.one(plain.claims.sid, 'signed-out', FROM))
      const raced = await race(order, [refresh, refresh, refresh, end])
      renewed += raced.grants.length
      await assertNothingLives(raced, [raced.plain.token, ...raced.grants.map(({ token }) => token)], [])
      await raced.rig.close()
    })
    assert.ok(renewed > 0, 'no refresh was ever first: the orders are not mixed')
  })

  for (const [name, ending] of Object.entries(endsAll)) {
    it(`nothing of a user lives after: ${name}, beside signing in, refreshing and rotating`, async () => {
      let granted = 0
      await inAnyOrder(25, async (order) => {
        const raced = await race(order, [refresh, start, rotate, rotate, start, ending])
        const { rig, user, plain, pair, grants } = raced
        granted += grants.length
        const refreshTokens = grants.flatMap((grant) => grant.refresh?.token ?? [])
        const tokens = [plain.token, pair.access, ...grants.map(({ token }) => token)]
        await assertNothingLives(raced, tokens, [pair.refresh, ...refreshTokens])
        assert.deepEqual(await rig.stores.sessions.listLive(rig.clock.now(), user.id), [])
        await rig.close()
      })
      assert.ok(granted > 0, 'nothing was ever granted: the orders are not mixed')
    })
  }

  it('one refresh token has one successor', async () => {
    await inAnyOrder(30, async (order) => {
      const raced = await race(order, [rotate, rotate, rotate, rotate, rotate])
      const { rig, pair, grants } = raced
      assert.equal(grants.length, 5)
      assert.equal(new Set(grants.map((grant) => grant.refresh?.token)).size, 1)
      assert.equal((await rig.stores.sessions.find(pair.sid))?.refresh?.rotation, 3)
      assert.equal(await told(raced, 'session.refreshed'), 3)
      await rig.close()
    })
  })

  it('of many who end one session, one did, and it is told once', async () => {
    await inAnyOrder(30, async (order) => {
      let winners = 0
      const end: Act = async ({ rig, pair }) => {
        if (await rig.endings.one(pair.sid, 'signed-out', FROM)) winners++
        return null
      }
      const raced = await race(order, [end, end, end, end])
      assert.equal(winners, 1)
      assert.equal(await told(raced, 'session.ended'), 1)
      await raced.rig.close()
    })
  })
})
