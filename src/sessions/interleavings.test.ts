import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { User } from '../accounts/user.ts'
import type { Claims } from '../tokens/claims.ts'
import { forgingKey } from '../vectors/forge.testing.ts'
import { openRig, type Rig } from '../vectors/rig.testing.ts'

const keys = [await forgingKey()]
const from = { device: 'curl', address: '192.0.2.1' }

/** What ends every session of a user. */
const endings: Record<string, (rig: Rig, user: User) => Promise<unknown>> = {
  disable: ({ accounts }, user) => accounts.change(user, { status: 'disabled' }),
  'another role': ({ accounts }, user) => accounts.change(user, { role: 'admin' }),
  delete: ({ accounts }, user) => accounts.delete(user),
}

/** Runs `attempts` and `ending` at once, their store calls in any order; the tokens that came out of it. */
async function race(
  scheduler: fc.Scheduler,
  attempts: ((rig: Rig, user: User, claims: Claims) => Promise<string | null>)[],
  ending: (rig: Rig, user: User, claims: Claims) => Promise<unknown>,
) {
  let racing = false
  const pause = (call: string) => (racing ? scheduler.schedule(Promise.resolve(), call) : Promise.resolve())
  const rig = await openRig({ keys, pause })
  const user = await rig.addUser()
  const { claims, token } = await rig.signIn(user)
  rig.clock.advance(280)
  racing = true
  const all = [...attempts.map((attempt) => attempt(rig, user, claims)), ending(rig, user, claims)]
  const results = await scheduler.waitFor(Promise.all(all))
  racing = false
  const tokens = [token, ...results.filter((result) => typeof result === 'string')]
  await rig.revocations.poll()
  return { rig, user, tokens }
}

async function refresh({ sessions }: Rig, _: User, claims: Claims): Promise<string | null> {
  const outcome = await sessions.refresh(claims)
  assert.ok(outcome.kind === 'renewed' || outcome.kind === 'over')
  return outcome.kind === 'renewed' ? outcome.grant.token : null
}

async function start({ sessions }: Rig, user: User): Promise<string | null> {
  return (await sessions.start(user, from))?.token ?? null
}

describe('whatever the order of store calls', () => {
  it('nothing of a session lives after refreshing it while it is signed out', async () => {
    let renewed = 0
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { rig, user, tokens } = await race(scheduler, [refresh, refresh, refresh], (rig, _, { sid }) =>
          rig.sessions.end(sid, 'signed-out'),
        )
        renewed += tokens.length - 1
        for (const token of tokens) assert.equal((await rig.sessions.resume(token)).kind, 'revoked')
        assert.deepEqual(await rig.stores.sessions.listLive(rig.clock.now(), user.id), [])
        await rig.close()
      }),
      { numRuns: 60 },
    )
    assert.ok(renewed > 0, 'no refresh was ever first: the orders are not mixed')
  })

  for (const [name, ending] of Object.entries(endings)) {
    it(`nothing of a user lives after: ${name}, beside signing in and refreshing`, async () => {
      let granted = 0
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          const { rig, user, tokens } = await race(scheduler, [refresh, start, start], ending)
          granted += tokens.length - 1
          for (const token of tokens) assert.equal((await rig.sessions.resume(token)).kind, 'revoked')
          assert.deepEqual(await rig.stores.sessions.listLive(rig.clock.now(), user.id), [])
          await rig.close()
        }),
        { numRuns: 40 },
      )
      assert.ok(granted > 0, 'no sign-in was ever first: the orders are not mixed')
    })
  }

  it('of many who end one session, one did', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        let winners = 0
        const end = async ({ sessions }: Rig, _: User, { sid }: Claims) => {
          if (await sessions.end(sid, 'signed-out')) winners++
          return null
        }
        const { rig } = await race(scheduler, [end, end, end], end)
        assert.equal(winners, 1)
        await rig.close()
      }),
      { numRuns: 30 },
    )
  })
})
