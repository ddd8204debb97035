import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { createAssertions } from '../forward-auth/assertions.ts'
import { manualClock } from '../lib/clock.ts'
import { hashSecret } from '../lib/hash-secret.ts'
import { newId } from '../lib/ids.ts'
import { START } from '../testing.ts'
import type { Claims } from '../tokens/claims.ts'
import { createIssuer } from '../tokens/issue.ts'
import type { SigningKey } from '../tokens/signing-key.ts'
import { forgingKey, ringOf } from '../vectors/forge.testing.ts'
import type { VerifierOptions } from './options.ts'
import { createVerifier, type Verifier } from './verifier.ts'

/** For tests only: what Latchkey answers to an app, in memory and in a time that the test moves, and a verifier that asks it. */

export const ISSUER = 'https://auth.example.test'

type Reply = (init: RequestInit, url: URL) => Response | Promise<Response>
type Path = 'keys' | 'revocations'

interface Asked {
  path: Path
  query: string
  etag: string | null
  /** Seconds since the stand-in began. */
  at: number
}

export async function standIn(keys?: SigningKey[]) {
  const clock = manualClock(START)
  const steadyClock = manualClock(0)
  const asked: Asked[] = []
  const revoked: { sid: string; until: number }[] = []
  /** What it answers in place of what it should. */
  const instead: Partial<Record<Path, Reply>> = {}
  const held = new Set<() => void>()
  let epoch = { id: 'first', at: START - 1000 }
  let published = keys ?? [await forgingKey()]

  const keySet = () => JSON.stringify({ keys: published.flatMap((key) => key.published?.jwk ?? []) })

  function answerKeys(init: RequestInit): Response {
    const body = keySet()
    const etag = `"${hashSecret(body)}"`
    return new Headers(init.headers).get('if-none-match') === etag
      ? new Response(null, { status: 304 })
      : new Response(body, { headers: { etag } })
  }

  async function answerRevocations({ signal }: RequestInit, { searchParams }: URL): Promise<Response> {
    const after = searchParams.get('after')
    const isOurs = after?.startsWith(`${epoch.id}-`)
    const from = isOurs ? Number(after?.split('-')[1]) : 0
    const wait = Number(searchParams.get('wait') ?? 0)
    if (isOurs && from === revoked.length && wait > 0) {
      await new Promise<void>((resolve, reject) => {
        held.add(resolve)
        setTimeout(resolve, wait * 1000)
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    }
    return Response.json({ epoch, cursor: `${epoch.id}-${revoked.length}`, revoked: revoked.slice(from) })
  }

  async function fetch(text: string, init: RequestInit): Promise<Response> {
    const url = new URL(text)
    assert.equal(url.origin, ISSUER)
    const path = url.pathname === '/v1/revocations' ? 'revocations' : 'keys'
    if (path === 'keys') assert.equal(url.pathname, '/.well-known/jwks.json')
    const etag = new Headers(init.headers).get('if-none-match')
    asked.push({ path, query: url.search, etag, at: steadyClock.now() })
    const reply = instead[path] ?? (path === 'keys' ? answerKeys : answerRevocations)
    return reply(init, url)
  }

  const wake = () => {
    for (const resolve of held) resolve()
    held.clear()
  }
  const questions = (path: Path) => asked.filter((question) => question.path === path)
  const away: Reply = () =>
    Promise.reject(
      new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
    )
  const policy = { issuer: ISSUER, audiences: [ISSUER], longestTokenLifeSeconds: 900 }

  return {
    ...{ clock, steadyClock, fetch, instead, questions, away, keySet },
    publish(next: SigningKey[]) {
      published = next
    },
    revoke(sid: string, until = clock.now() + 900) {
      revoked.push({ sid: hashSecret(sid), until })
      wake()
    },
    /** As after the loss of the store. */
    begin(id: string, at: number) {
      epoch = { id, at }
      revoked.length = 0
      wake()
    },
    goAway() {
      Object.assign(instead, { keys: away, revocations: away })
      wake()
    },
    comeBack() {
      delete instead.keys
      delete instead.revocations
    },
    /** A token signed by the newest of the keys, as Latchkey would issue it now. */
    async issue(
      about: { audiences?: string[]; role?: 'user' | 'admin'; lifeSeconds?: number; by?: SigningKey } = {},
    ) {
      const { audiences = [ISSUER], role = 'user', lifeSeconds = 300, by } = about
      const ring = ringOf(by ? [by] : published)
      const issue = createIssuer({ ring, policy: { ...policy, audiences }, extraClaims: [], clock })
      return issue({
        ...{ sub: newId(), sid: newId(), auth_time: clock.now(), exp: clock.now() + lifeSeconds },
        ...{ username: 'user1', role, name: null, email: null },
      })
    },
    /** What forward auth tells an app of whoever holds a token with these claims. */
    assertion: async (claims: Claims, app: string) =>
      createAssertions({ ring: ringOf(published), issuer: ISSUER, clock })(claims, app),
    /** Moves all clocks and timers, a tenth of a second at a time: what is due is done in its order. */
    async advance(seconds: number) {
      for (let tenth = 1; tenth <= Math.round(seconds * 10); tenth++) {
        if (tenth % 10 === 0) {
          clock.advance(1)
          steadyClock.advance(1)
        }
        mock.timers.tick(100)
        await settle()
      }
    },
  }
}

export type StandIn = Awaited<ReturnType<typeof standIn>>

const verifiers = new Set<Verifier>()

/** A verifier of a stand-in, with the troubles that it told of. */
export function verifierOf(latchkey: StandIn, options: Partial<VerifierOptions> = {}) {
  const troubles: (string | null)[] = []
  const verifier = createVerifier({
    issuer: ISSUER,
    ...{ fetch: latchkey.fetch, clock: latchkey.clock, steadyClock: latchkey.steadyClock },
    onTrouble: (trouble) => troubles.push(trouble),
    ...options,
  })
  verifiers.add(verifier)
  /** What a token is worth, in one word. */
  const worth = async (token: string) => {
    const outcome = await verifier.verify(token)
    return outcome.kind === 'refused' ? outcome.reason : outcome.kind
  }
  return { verifier, worth, troubles }
}

/** Lets everything end that needs no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
}

/** Lets everything end that takes the machine a moment, such as reading a key. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; !isSo(); turn++) {
    assert.ok(turn < 10_000, 'it never came to that')
    await new Promise(setImmediate)
  }
}

/** Has all timers stand still until a test moves them. */
export function holdTimers(): void {
  mock.timers.enable({ apis: ['setTimeout'] })
}

/** The end of a test with `holdTimers`: nothing of it goes on in the time of the world. */
export function releaseTimers(): void {
  for (const verifier of verifiers) verifier.close()
  verifiers.clear()
  mock.timers.reset()
}
