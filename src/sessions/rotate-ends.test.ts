import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { User } from '../accounts/user.ts'
import { START } from '../testing.ts'
import { FROM, type Rig } from '../vectors/rig.testing.ts'
import { grantOf, openPair } from './pair.testing.ts'

const DAY = 86_400
const EXPIRED = { kind: 'over', reason: null }

describe('the idle end of a session with a refresh token', () => {
  for (const [age, kind] of [
    [7 * DAY - 1, 'rotated'],
    [7 * DAY, 'over'],
    [7 * DAY + 1, 'over'],
  ] as const) {
    it(`is ${kind === 'over' ? 'come' : 'not come'} ${age} s after its last use`, async (t) => {
      const { rig, r0, show, trade, told } = await openPair(t)
      rig.clock.advance(5 * DAY)
      const r1 = await trade(r0)
      rig.clock.advance(age)
      const outcome = await show(r1)
      if (kind === 'rotated') return assert.ok(grantOf(outcome).refresh)
      assert.deepEqual(outcome, EXPIRED)
      // Old news: a copy that turns up now tells of nothing.
      assert.deepEqual(await show(r0), EXPIRED)
      assert.equal(await told('session.ended'), 0)
    })
  }

  it('is not moved by an honest retry, which uses nothing', async (t) => {
    const { rig, sid, r0, trade, sessionOf } = await openPair(t)
    await trade(r0)
    rig.clock.advance(10)
    await trade(r0)
    assert.equal((await sessionOf(sid)).expiresAt, START + 7 * DAY)
  })

  it('never moves back, also when the clock is set back', async (t) => {
    const { rig, sid, r0, trade, sessionOf } = await openPair(t)
    rig.clock.advance(3600)
    const r1 = await trade(r0)
    rig.clock.advance(-3000)
    const grant = await trade(r1)
    assert.ok(grant)
    assert.equal((await sessionOf(sid)).expiresAt, START + 3600 + 7 * DAY)
  })
})

describe('the absolute end of a session with a refresh token', () => {
  for (const [age, kind] of [
    [30 * DAY - 1, 'rotated'],
    [30 * DAY, 'over'],
    [30 * DAY + 1, 'over'],
  ] as const) {
    it(`is ${kind === 'over' ? 'come' : 'not come'} ${age} s after the sign-in, however often it was used`, async (t) => {
      const { rig, r0, show, trade } = await openPair(t)
      let token = r0
      for (let day = 6; day < 30; day += 6) {
        rig.clock.advance(6 * DAY)
        token = await trade(token)
      }
      rig.clock.advance(START + age - rig.clock.now())
      const outcome = await show(token)
      if (kind === 'over') return assert.deepEqual(outcome, EXPIRED)
      const { claims, refresh, endsAt } = grantOf(outcome)
      const end = START + 30 * DAY
      assert.deepEqual([claims.exp, refresh?.expiresAt, endsAt], [end, end, end])
      assert.equal(claims.auth_time, START)
    })
  }
})

/** What ends all of a user's sessions, and the reason it leaves. */
const changes: [string, string, (rig: Rig, user: User) => Promise<unknown>][] = [
  ['disabled', 'disabled', (rig, user) => rig.accounts.change(user, { status: 'disabled' }, FROM)],
  ['deleted', 'deleted', (rig, user) => rig.accounts.delete(user, FROM)],
  ['given another role', 'role-changed', (rig, user) => rig.accounts.change(user, { role: 'admin' }, FROM)],
  [
    'given another password',
    'password-changed',
    (rig, user) => rig.accounts.setPassword(user, 'another plain long sentence', FROM),
  ],
]

describe('a refresh token of a user who was', () => {
  for (const [what, reason, change] of changes) {
    it(`${what} is worth nothing at once`, async (t) => {
      const { rig, user, begin, access, r0, show, trade, worth } = await openPair(t)
      const other = await begin()
      const r1 = await trade(r0)
      await change(rig, user)
      for (const token of [r0, r1, other.refresh])
        assert.deepEqual(await show(token), { kind: 'over', reason })
      for (const token of [access, other.access]) assert.equal(await worth(token), 'revoked')
    })
  }

  const cutShort: [string, (rig: Rig, id: string) => Promise<unknown>][] = [
    ['disabled', ({ stores }, id) => stores.users.update(id, { status: 'disabled' })],
    ['deleted', ({ stores }, id) => stores.users.delete(id)],
    [
      'given another password',
      ({ stores }, id) => stores.users.update(id, { passwordHash: 'x' }, { raiseRevision: true }),
    ],
    [
      'given another role',
      ({ stores }, id) => stores.users.update(id, { role: 'admin' }, { raiseRevision: true }),
    ],
  ]
  for (const [what, change] of cutShort) {
    it(`${what} is worth nothing, also when the change was cut short before it ended the sessions`, async (t) => {
      const { rig, user, sid, r0, show, trade, sessionOf } = await openPair(t)
      const r1 = await trade(r0)
      await change(rig, user.id)
      for (const token of [r1, r0]) assert.deepEqual(await show(token), EXPIRED)
      assert.equal((await sessionOf(sid)).refresh?.rotation, 1)
    })
  }
})
