import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hashSecret } from '../lib/hash-secret.ts'
import { StoreUnavailable } from '../stores/store-unavailable.ts'
import { FROM } from '../vectors/rig.testing.ts'
import {
  assertInvariants,
  ENDS_AT,
  expected,
  isOver,
  learn,
  type Model,
  newModel,
  openWorld,
  succeed,
  type World,
} from './rotation-model.testing.ts'

const WEEK = 7 * 86_400
// A revocation outlives its tokens by an hour: the clock is not set back by more.
const FARTHEST_BACK = 3600

/** What the runs came upon: a property that never sees a theft proves nothing about it. */
const seen = new Set<string>()
const see = (what: string) => seen.add(what)
const assertSeen = (...whats: string[]) => {
  for (const what of whats) assert.ok(seen.has(what), `no run came upon: ${what}`)
}

abstract class Step implements fc.AsyncCommand<Model, World> {
  readonly n: number
  constructor(n: number) {
    this.n = n
  }
  check = (_: Readonly<Model>): boolean => true
  toString = () => `${this.constructor.name}(${this.n})`
  abstract act(model: Model, world: World): Promise<void>
  async run(model: Model, world: World) {
    world.mix(this.n)
    await this.act(model, world)
    await assertInvariants(model, world)
  }
}

/** Shows a token in one to four copies at once, on both nodes. */
async function showCopies(model: Model, world: World, token: string, n: number): Promise<string | null> {
  see(expected(model, token))
  const copies = Array.from({ length: 1 + (n % 4) }, (_, i) => world.show(token, n + i))
  return learn(model, world, token, await Promise.all(copies))
}

class HonestUse extends Step {
  async act(model: Model, world: World) {
    const mustWork = !model.betrayed && !isOver(model)
    const answered = await showCopies(model, world, world.honest, this.n)
    if (mustWork) assert.ok(answered, 'an honest client is at a dead end')
    world.honest = answered ?? world.honest
  }
}

class LostAnswer extends Step {
  async act(model: Model, world: World) {
    const answered = await showCopies(model, world, world.honest, this.n)
    if (!model.betrayed && !isOver(model)) assert.ok(answered, 'an honest client is at a dead end')
  }
}

/** The store fails as it writes the rotation: before the write, or after. */
class FailedUse extends Step {
  async act(model: Model, world: World) {
    const should = expected(model, world.honest)
    if (should !== 'a new token') return
    const when = this.n % 2 ? 'after' : 'before'
    world.failNext(when)
    await assert.rejects(world.show(world.honest, this.n), StoreUnavailable)
    world.failNext(null)
    see(`failed ${when} the write`)
    if (when === 'before') return
    const { salt, rotation } = (await world.session()).refresh ?? assert.fail()
    const lost = world.node(0).refreshTokens.successor(world.honest, world.sid, salt, rotation)
    succeed(model, world, world.honest, lost)
  }
}

class Steal extends Step {
  async act(_: Model, world: World) {
    // The newest more often than old ones, which betray a thief at once.
    const ago = Math.min(this.n % 5, this.n % 7, world.refreshTokens.length - 1)
    world.thief = world.refreshTokens.at(-1 - ago) ?? assert.fail()
  }
}

class ThiefUse extends Step {
  async act(model: Model, world: World) {
    if (world.thief === null) return
    model.betrayed ||= !isOver(model)
    world.thief = (await showCopies(model, world, world.thief, this.n)) ?? world.thief
  }
}

class End extends Step {
  async act(model: Model, world: World) {
    const { endings, devices } = world.node(this.n)
    const reason = this.n % 3 ? 'signed-out' : 'ended-elsewhere'
    if (this.n % 3) await endings.one(world.sid, reason, FROM)
    // A session that has expired is ended silently, so not by this.
    else if (!isOver(model)) await devices.endOthers(world.user.id, world.neighbour.sid, FROM)
    else return
    model.ended ??= reason
  }
}

/** Owner, thief and an ending at the same time: one of them is first, the invariants hold for all. */
class Race extends Step {
  async act(model: Model, world: World) {
    const { honest, thief } = world
    const acts = [
      () => world.show(honest, this.n),
      () => world.show(thief ?? honest, this.n + 1),
      async () => (this.n % 2 ? world.node(this.n).endings.one(world.sid, 'signed-out', FROM) : null),
    ]
    if (this.n % 3 === 0) acts.reverse()
    model.betrayed ||= thief !== null && !isOver(model)
    const outcomes = await Promise.all(acts.map((act) => act()))
    for (const outcome of outcomes) {
      if (outcome === null || typeof outcome === 'boolean' || outcome.kind !== 'rotated') continue
      const token = outcome.grant.refresh?.token ?? assert.fail()
      world.accessTokens.push(outcome.grant.token)
      if (!world.refreshTokens.includes(token)) world.refreshTokens.push(token)
    }
    see('race')
    const session = await world.session()
    const of = (hash?: string | null) => world.refreshTokens.find((token) => hashSecret(token) === hash)
    Object.assign(model, {
      ...{
        current: of(session.refresh?.currentHash),
        predecessor: of(session.refresh?.previousHash) ?? null,
      },
      ...{ rotatedAt: session.refresh?.rotatedAt, idleEnd: session.expiresAt, ended: session.endReason },
    })
    if (this.n % 2) assert.notEqual(model.ended, null)
  }
}

class MoveClock extends Step {
  override check = ({ now, latest }: Readonly<Model>) => now + this.n >= latest - FARTHEST_BACK
  async act(model: Model, world: World) {
    world.clock.advance(this.n)
    model.now += this.n
    model.latest = Math.max(model.latest, model.now)
    if (this.n < 0) see('clock set back')
  }
}

class Restart extends Step {
  act = (_: Model, world: World) => world.restart(this.n)
}

const some = fc.nat(9999)
const seconds = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 9, 10, 11, 12, 60, 900) },
  { weight: 2, arbitrary: fc.constantFrom(-1, -10, -11, -60, -3600) },
  { weight: 1, arbitrary: fc.constantFrom(86_400, WEEK - 1, WEEK, WEEK + 1) },
)
const honestSteps = [
  some.map((n) => new HonestUse(n)),
  some.map((n) => new LostAnswer(n)),
  some.map((n) => new LostAnswer(n)),
  some.map((n) => new FailedUse(n)),
  seconds.map((n) => new MoveClock(n)),
  seconds.map((n) => new MoveClock(n)),
  some.map((n) => new Restart(n)),
]
const allSteps = [
  ...honestSteps,
  some.map((n) => new Steal(n)),
  some.map((n) => new ThiefUse(n)),
  fc.oneof(
    some.map((n) => new End(n)),
    some.map((n) => new Race(n)),
    seconds.map((n) => new MoveClock(n)),
  ),
]

/** Owner and thief take turns, each later than the grace: before long one of them shows what was displaced. */
async function assertTheftIsNoticed(model: Model, world: World): Promise<void> {
  if (isOver(model) || model.now + 120 >= Math.min(model.idleEnd, ENDS_AT)) return
  if (!model.betrayed) await new Steal(0).run(model, world)
  see('theft')
  for (let turn = 0; turn < 8 && !isOver(model); turn++) {
    await new (turn % 2 ? HonestUse : ThiefUse)(turn * 4).run(model, world)
    await new MoveClock(11).run(model, world)
  }
  assert.equal(model.ended, 'reuse')
}

const property = (steps: fc.Arbitrary<Step>[]) =>
  fc.asyncProperty(fc.commands(steps, { maxCommands: 30, size: '+2' }), async (commands) => {
    const world = await openWorld()
    try {
      const model = newModel(world)
      await fc.asyncModelRun(() => ({ model, real: world }), commands)
      await assertTheftIsNoticed(model, world)
    } finally {
      await world.close()
    }
  })

describe('rotation, whatever happens, on two nodes', () => {
  for (const [whose, seed] of [
    ['a fixed', 20_270_115],
    ['a fresh', randomInt(2 ** 31)],
  ] as const) {
    it(`never signs an honest client out, and betrays a thief who comes: ${whose} seed`, async (t) => {
      t.diagnostic(`seed ${seed}`)
      seen.clear()
      await fc.assert(property(honestSteps), { seed, numRuns: 10 })
      if (whose === 'a fixed')
        assertSeen('a new token', 'the current token', 'clock set back', 'failed after the write', 'theft')
    })

    it(`has one live leaf, and none once it is over, whoever holds copies: ${whose} seed`, async (t) => {
      t.diagnostic(`seed ${seed}`)
      seen.clear()
      await fc.assert(property(allSteps), { seed, numRuns: 15 })
      if (whose === 'a fixed')
        assertSeen('a new token', 'the current token', 'over', 'reuse', 'race', 'theft')
    })
  }
})
