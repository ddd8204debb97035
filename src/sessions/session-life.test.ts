import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { User } from '../accounts/user.ts'
import { manualClock } from '../lib/clock.ts'
import { START } from '../testing.ts'
import type { Claims } from '../tokens/claims.ts'
import { forgingKey } from '../vectors/forge.testing.ts'
import { FROM, openRig, type Rig } from '../vectors/rig.testing.ts'

const keys = [await forgingKey()]

interface ModelSession {
  /** When its last token expires. */
  expiresAt: number
  endsAt: number
  over: boolean
}

/** What should be true, said as simply as it can be: of each token, its session and when it expires. */
interface Model {
  now: number
  disabled: boolean
  tokens: { session: ModelSession; exp: number }[]
}

/** Two processes on one database. */
interface Real {
  dataDir: string
  clock: ReturnType<typeof manualClock>
  nodes: Rig[]
  tokens: { token: string; claims: Claims }[]
}

const TTL = 300
const WINDOW = 30
const MAX_AGE = 43_200
const HOUR = 3600

const node = (real: Real, n: number): Rig => real.nodes[n % 2] ?? assert.fail()
const theUser = async (rig: Rig): Promise<User> => (await rig.accounts.findByName('user1')) ?? assert.fail()
const openNode = ({ dataDir, clock }: Pick<Real, 'dataDir' | 'clock'>) => openRig({ keys, dataDir, clock })

/** After each step every token is worth, on either node, what the model says: a revocation needs one poll. */
async function compare(model: Model, real: Real): Promise<void> {
  for (const rig of real.nodes) {
    await rig.revocations.poll()
    for (const [index, { token }] of real.tokens.entries()) {
      const { session, exp } = model.tokens[index] ?? assert.fail()
      const { kind } = await rig.sessions.resume(token)
      if (model.now >= exp) assert.ok(kind === 'expired' || kind === 'revoked', kind)
      else assert.equal(kind, session.over ? 'revoked' : 'live')
    }
  }
}

abstract class Step implements fc.AsyncCommand<Model, Real> {
  readonly n: number
  constructor(n: number) {
    this.n = n
  }
  check = (_: Readonly<Model>): boolean => true
  toString = () => `${this.constructor.name}(${this.n})`
  abstract act(model: Model, real: Real, rig: Rig): Promise<void>
  async run(model: Model, real: Real) {
    await this.act(model, real, node(real, this.n))
    await compare(model, real)
  }
}

class SignIn extends Step {
  override check = (model: Readonly<Model>) => !model.disabled
  async act(model: Model, real: Real, rig: Rig) {
    const grant = await rig.signIn(await theUser(rig))
    const exp = model.now + TTL
    model.tokens.push({ session: { expiresAt: exp, endsAt: model.now + MAX_AGE, over: false }, exp })
    real.tokens.push(grant)
  }
}

class Refresh extends Step {
  override check = (model: Readonly<Model>) => model.tokens.length > 0
  async act(model: Model, real: Real, rig: Rig) {
    const index = this.n % model.tokens.length
    const { session, exp } = model.tokens[index] ?? assert.fail()
    const outcome = await rig.sessions.refresh(real.tokens[index]?.claims ?? assert.fail(), FROM)
    if (model.now >= exp) assert.equal(outcome.kind, 'expired')
    else if (model.now < exp - WINDOW) assert.equal(outcome.kind, 'too-early')
    else if (session.over) assert.equal(outcome.kind, 'over')
    else {
      assert.ok(outcome.kind === 'renewed')
      const renewed = { session, exp: Math.min(model.now + TTL, session.endsAt) }
      assert.equal(outcome.grant.expiresAt, renewed.exp)
      session.expiresAt = Math.max(session.expiresAt, renewed.exp)
      model.tokens.push(renewed)
      real.tokens.push(outcome.grant)
    }
  }
}

class SignOut extends Step {
  override check = (model: Readonly<Model>) => model.tokens.length > 0
  async act(model: Model, real: Real, rig: Rig) {
    const index = this.n % model.tokens.length
    const { session } = model.tokens[index] ?? assert.fail()
    const first = await rig.endings.one(real.tokens[index]?.claims.sid ?? '', 'signed-out', FROM)
    if (session.over) assert.equal(first, false)
    session.over = true
  }
}

class Disable extends Step {
  async act(model: Model, _: Real, rig: Rig) {
    await rig.accounts.change(await theUser(rig), { status: 'disabled' }, FROM)
    // One that was over for an hour has nothing left to end.
    for (const { session } of model.tokens) session.over ||= session.expiresAt > model.now - HOUR
    model.disabled = true
  }
}

class Enable extends Step {
  async act(model: Model, _: Real, rig: Rig) {
    await rig.accounts.change(await theUser(rig), { status: 'active' }, FROM)
    model.disabled = false
  }
}

class Advance extends Step {
  async act(model: Model, real: Real) {
    model.now += this.n
    real.clock.advance(this.n)
  }
}

class Restart extends Step {
  async act(_: Model, real: Real, rig: Rig) {
    await rig.close()
    real.nodes[this.n % 2] = await openNode(real)
  }
}

const some = fc.nat(99)
const seconds = fc.oneof(
  fc.constantFrom(0, 1, 5, 6, 29, 30, 31, 269, 270, 271, 285, 299, 300, 301, 3600, 3900, 43_200),
  fc.nat(400),
)
const steps = [
  some.map((n) => new SignIn(n)),
  some.map((n) => new SignIn(n)),
  some.map((n) => new Refresh(n)),
  some.map((n) => new Refresh(n)),
  some.map((n) => new SignOut(n)),
  some.map((n) => new Disable(n)),
  some.map((n) => new Enable(n)),
  fc.constantFrom(270, 285, 299).map((n) => new Advance(n)),
  seconds.map((n) => new Advance(n)),
  some.map((n) => new Restart(n)),
]

describe('the life of sessions', () => {
  it('is what a simple model of it says, on two nodes, through restarts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 30, size: '+1' }), async (commands) => {
        const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-life-'))
        const clock = manualClock(START)
        const nodes = [await openNode({ dataDir, clock }), await openNode({ dataDir, clock })]
        const real: Real = { dataDir, clock, nodes, tokens: [] }
        try {
          await nodes[0]?.addUser()
          const model: Model = { now: START, disabled: false, tokens: [] }
          await fc.asyncModelRun(() => ({ model, real }), commands)
        } finally {
          await Promise.all(real.nodes.map((rig) => rig.close()))
          await rm(dataDir, { recursive: true })
        }
      }),
      { numRuns: 25 },
    )
  })
})
