import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manualClock } from '../lib/clock.ts'
import { hashSecret } from '../lib/hash-secret.ts'
import { StoreUnavailable } from '../stores/store-unavailable.ts'
import { START } from '../testing.ts'
import { forgingKey } from '../vectors/forge.testing.ts'
import { FROM, openRig, type Rig } from '../vectors/rig.testing.ts'
import { pairOf } from './pair.testing.ts'
import type { RotateOutcome } from './rotate.ts'
import { decideRotation } from './rotation.ts'
import { isLive, type Session } from './session.ts'

/** For tests only: one session with a refresh token, on two nodes, beside the simplest model of what should be true of it. */

const DAY = 86_400
const GRACE = 10
const keys = [await forgingKey()]

/** What should be true, in words of the rules and not of the code. */
export interface Model {
  now: number
  /** The latest that the clock has shown. */
  latest: number
  current: string
  predecessor: string | null
  rotatedAt: number
  idleEnd: number
  ended: string | null
  /** Whether somebody else has shown a token. */
  betrayed: boolean
}
export const ENDS_AT = START + 30 * DAY

export const isOver = ({ ended, now, idleEnd }: Model): boolean =>
  ended !== null || now >= idleEnd || now >= ENDS_AT

/** What must come of a token that is shown now. */
export function expected(
  model: Model,
  token: string,
): 'a new token' | 'the current token' | 'over' | 'reuse' {
  if (isOver(model)) return 'over'
  if (token === model.current) return 'a new token'
  if (token !== model.predecessor) return 'reuse'
  return model.now - model.rotatedAt <= GRACE ? 'the current token' : 'a new token'
}

export async function openWorld() {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-rotation-'))
  const clock = manualClock(START)
  const open = () => openRig({ keys, dataDir, clock, pause })
  /** The next write of a rotation fails, before it is made or after. */
  let failing: 'before' | 'after' | null = null
  let order = 1
  async function pause(call: string): Promise<void> {
    // Each call takes its own while, so that those that race meet in many orders.
    order = (order * 48_271) % 2_147_483_647
    for (let ticks = order % 5; ticks > 0; ticks--) await null
    if (call !== 'rotate' || failing === null) return
    const now = failing === 'before'
    failing = now ? null : 'before'
    if (now) throw new StoreUnavailable('the database does not answer')
  }

  const nodes = [await open(), await open()]
  const node = (n: number): Rig => nodes[n % 2] ?? assert.fail()
  const user = await node(0).addUser()
  const beginning = { carrier: 'bearer', remember: true } as const
  const first = pairOf(await node(0).signIn(user, beginning))
  const neighbour = pairOf(await node(0).signIn(user, beginning))

  return {
    ...{ clock, node, user, first, neighbour, sid: first.sid },
    /** Every refresh token and access token that was ever made, also those whose answer was lost. */
    refreshTokens: [first.refresh],
    accessTokens: [first.access],
    honest: first.refresh,
    thief: null as string | null,
    mix(seed: number) {
      order = (seed % 2_147_483_646) + 1
    },
    failNext(when: 'before' | 'after' | null) {
      failing = when
    },
    show: (token: string, n: number): Promise<RotateOutcome> => node(n).rotate(token, 'bearer', FROM),
    async session(): Promise<Session> {
      return (await node(0).stores.sessions.find(first.sid)) ?? assert.fail('the session is gone')
    },
    async restart(n: number) {
      await node(n).close()
      nodes[n % 2] = await open()
    },
    async close() {
      await Promise.all(nodes.map((rig) => rig.close()))
      await rm(dataDir, { recursive: true })
    },
  }
}
export type World = Awaited<ReturnType<typeof openWorld>>

export const newModel = ({ first }: World): Model => ({
  ...{ now: START, latest: START, current: first.refresh, predecessor: null, rotatedAt: START },
  ...{ idleEnd: START + 7 * DAY, ended: null, betrayed: false },
})

/** What holds after every step, whatever came before. */
export async function assertInvariants(model: Model, world: World): Promise<void> {
  const session = await world.session()
  const state = session.refresh ?? assert.fail('the refresh token is gone')
  const decisions = world.refreshTokens.map((token) => decideRotation(state, hashSecret(token), model.now))
  const live = isLive(session, model.now)
  assert.equal(live, !isOver(model))
  assert.equal(session.endReason, model.ended)
  // One leaf, and at most one other token that is answered.
  assert.equal(decisions.filter((decision) => decision === 'rotate').length, 1)
  assert.ok(decisions.filter((decision) => decision === 'repeat' || decision === 'replace').length <= 1)
  for (const n of [0, 1]) {
    await world.node(n).revocations.poll()
    if (model.ended === null) continue
    for (const token of world.refreshTokens)
      assert.deepEqual(await world.show(token, n), { kind: 'over', reason: model.ended })
    for (const token of world.accessTokens)
      assert.notEqual((await world.node(n).sessions.resume(token)).kind, 'live')
  }
  const events = (await world.node(0).audit.list({})).filter(({ sid }) => sid === world.sid)
  const told = (name: string) => events.filter(({ event }) => event === name).length
  assert.equal(told('session.ended'), model.ended === null ? 0 : 1)
  assert.equal(told('refresh.reuse_detected'), model.ended === 'reuse' ? 1 : 0)
  const other = await world.node(1).stores.sessions.find(world.neighbour.sid)
  assert.equal(other?.endedAt, null, 'another session of the user was ended')
}

/** Takes in what was answered: all outcomes alike, as the rules say. The refresh token, if there was one. */
export async function learn(
  model: Model,
  world: World,
  shown: string,
  outcomes: RotateOutcome[],
): Promise<string | null> {
  const should = expected(model, shown)
  if (should === 'over' || should === 'reuse') {
    if (should === 'reuse') model.ended = 'reuse'
    for (const outcome of outcomes) assert.deepEqual(outcome, { kind: 'over', reason: model.ended })
    return null
  }
  const pairs = outcomes.map((outcome) => {
    assert.ok(outcome.kind === 'rotated', `${should}, not ${JSON.stringify(outcome)}`)
    return pairOf(outcome.grant)
  })
  for (const { access } of pairs) {
    world.accessTokens.push(access)
    assert.equal((await world.node(0).sessions.resume(access)).kind, 'live')
  }
  const [answered = assert.fail(), ...others] = new Set(pairs.map(({ refresh }) => refresh))
  assert.deepEqual(others, [], 'there are several successors')
  if (should === 'the current token') assert.equal(answered, model.current)
  else succeed(model, world, shown, answered)
  return answered
}

/** `next` has taken the place of the current token. */
export function succeed(model: Model, world: World, shown: string, next: string): void {
  assert.ok(!world.refreshTokens.includes(next), 'a refresh token was given twice')
  world.refreshTokens.push(next)
  Object.assign(model, { current: next, predecessor: shown, rotatedAt: model.now })
  model.idleEnd = Math.max(model.idleEnd, Math.min(model.now + 7 * DAY, ENDS_AT))
}
