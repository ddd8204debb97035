import { type Clock, steadyClock, systemClock } from '../lib/clock.ts'
import type { TokenPolicy } from '../tokens/claims.ts'
import type { TokenKind } from '../tokens/token-format.ts'
import type { Fetch } from './ask.ts'
import { readIssuer, readOrigin } from './issuer.ts'
import type { Clocks } from './moment.ts'
import { type OnTrouble, warnOfTrouble } from './trouble.ts'

export interface VerifierOptions {
  /** PUBLIC_URL of Latchkey. */
  issuer: string
  /** A token must be for one of these. Default: the issuer, as Latchkey's own default is. */
  audience?: string | readonly string[]
  /**
   * The app's own origin, such as https://app.example.com, where it stands behind forward auth: then who asks is taken from
   * `Remote-Assertion` alone, which Latchkey signs for this app. In the place of `audience`.
   */
  app?: string
  /** For so many seconds, from 5 up, it goes on with what it knows while Latchkey is away; with keys for 65 more. Default: 60. */
  maxStaleSeconds?: number
  /** Seconds. A token that claims more is refused. Default: a day. */
  longestTokenLifeSeconds?: number
  /** Called with a sentence when Latchkey is away, with null when it is back. Default: console.warn. */
  onTrouble?: OnTrouble
  /** Default: the global one. */
  fetch?: Fetch
  /** For tests: in epoch seconds. Default: the machine's. */
  clock?: Clock
  /** For tests: in seconds, and never set. Default: the machine's. */
  steadyClock?: Clock
}

interface Settings {
  /** What is taken: an access token, or what forward auth tells this app. */
  kind: TokenKind
  policy: TokenPolicy
  maxStaleSeconds: number
  onTrouble: OnTrouble
  fetch: Fetch
  clocks: Clocks
}

const MAX_STALE_SECONDS = 60
const LEAST_MAX_STALE_SECONDS = 5
const LONGEST_TOKEN_LIFE_SECONDS = 86_400

/** Checks the options and fills in what they leave out. Throws TypeError, for a wrong one must not wait for the first token. */
export function readOptions(options: VerifierOptions): Settings {
  const issuer = readIssuer(options.issuer)
  const { maxStaleSeconds = MAX_STALE_SECONDS } = options
  const { longestTokenLifeSeconds = LONGEST_TOKEN_LIFE_SECONDS } = options
  if (!(Number.isFinite(maxStaleSeconds) && maxStaleSeconds >= LEAST_MAX_STALE_SECONDS))
    throw new TypeError(`maxStaleSeconds must be a number from ${LEAST_MAX_STALE_SECONDS} up`)
  if (!(Number.isFinite(longestTokenLifeSeconds) && longestTokenLifeSeconds > 0))
    throw new TypeError('longestTokenLifeSeconds must be a number above 0')
  const { app } = options
  if (app !== undefined && options.audience !== undefined)
    throw new TypeError('app is the audience: leave audience out')
  return {
    kind: app === undefined ? 'JWT' : 'forward-auth+jwt',
    policy: {
      issuer,
      audiences: app === undefined ? readAudiences(options.audience ?? issuer) : [readApp(app)],
      longestTokenLifeSeconds,
    },
    maxStaleSeconds,
    onTrouble: options.onTrouble ?? warnOfTrouble(issuer),
    fetch: options.fetch ?? globalThis.fetch,
    clocks: { clock: options.clock ?? systemClock, steadyClock: options.steadyClock ?? steadyClock },
  }
}

const readApp = (app: string) =>
  readOrigin(app, 'app', "the app's own origin, as browsers see it, such as https://app.example.com")

function readAudiences(audience: string | readonly string[]): readonly string[] {
  const audiences = [audience].flat()
  const isGood = audiences.length > 0 && audiences.every((text) => typeof text === 'string' && text !== '')
  if (!isGood) throw new TypeError('audience must be a text, or a list of texts')
  return audiences
}
