import { KeyFilesRefused, type KeyFolder, noKeyYet, scanKeyFolder } from '../tokens/key-files.ts'
import { signingOf, signsFrom } from '../tokens/key-life.ts'
import type { SigningKey } from '../tokens/signing-key.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

const YEAR_SECONDS = 365 * 86_400
const DAY_SECONDS = 86_400
// A key's id says when it was made. Clocks of several machines are never quite one.
const AHEAD_SECONDS = 60
const RSA_BITS_ADVISED = 3072

/** What a look at KEYS_DIR came to: what is in it, null when it is not there, or why it cannot be read at all. */
export type LookedAtKeys = KeyFolder | null | { refused: string[] }

export async function lookAtKeys(dir: string): Promise<LookedAtKeys> {
  try {
    return await scanKeyFolder(dir)
  } catch (error) {
    if (error instanceof KeyFilesRefused) return { refused: error.problems }
    throw error
  }
}

/** The good keys of a folder, oldest first. */
export const keysIn = (looked: LookedAtKeys): SigningKey[] =>
  looked && 'files' in looked ? looked.files.map(({ key }) => key) : []

export interface KeySettings {
  keysDir: string
  keyLeadSeconds: number
  /** Then no node makes a key by itself. */
  isShared: boolean
}

/** The key folder: bad files, how old the key is that signs, which one signs next, and what to know about its kind. */
export function judgeKeys(looked: LookedAtKeys, settings: KeySettings, now: number): Finding[] {
  if (looked && 'refused' in looked) return looked.refused.map(refused)
  const problems = (looked?.problems ?? []).map(refused)
  const keys = keysIn(looked)
  const signing = signingOf(keys, settings.keyLeadSeconds, now)
  if (!signing) return problems.length > 0 ? problems : [noKey(settings)]
  const waiting = keys.filter((key) => key.kid > signing.kid)
  return [
    ...problems,
    judgeAge(signing, now),
    ...waiting.map((key) => judgeWaiting(key, settings.keyLeadSeconds, now)),
    ...judgeKind(signing),
  ]
}

// The sentence says what to do already, where that is known.
const refused = (sentence: string): Finding =>
  problem(sentence, 'Put that right, or move the file away: start is refused until then.')

function noKey(settings: KeySettings): Finding {
  return settings.isShared
    ? problem(noKeyYet(settings.keysDir), 'Start is refused until then.')
    : ok(`There is no key in ${settings.keysDir} yet: the first start makes one.`)
}

function judgeAge({ kid, alg }: SigningKey, now: number): Finding {
  const age = now - signsFrom({ kid }, 0)
  if (age > YEAR_SECONDS)
    return warning(
      `The key ${kid} signs (${alg}), and is ${Math.floor(age / DAY_SECONDS)} days old.`,
      'Make another with latchkey keys generate, and retire this one when it has signed its last token.',
    )
  if (age < -AHEAD_SECONDS)
    return warning(
      `The key ${kid} signs (${alg}), and says that it was made ${-age} seconds from now.`,
      'See whether the clock of this machine is right, and that of the one it was made on.',
    )
  return ok(`The key ${kid} signs (${alg}).`)
}

function judgeWaiting({ kid, alg }: SigningKey, leadSeconds: number, now: number): Finding {
  const seconds = signsFrom({ kid }, leadSeconds) - now
  if (seconds > leadSeconds + AHEAD_SECONDS)
    return warning(
      `The key ${kid} will sign (${alg}), but only in ${seconds} seconds: it says that it was made in the time to come.`,
      'See whether the clock of this machine is right, and that of the one it was made on.',
    )
  return ok(`The key ${kid} will sign (${alg}), in ${seconds} seconds.`)
}

function judgeKind(key: SigningKey): Finding[] {
  if (!key.published)
    return [
      warning(
        'Apps cannot check tokens by themselves while an HS256 key signs: it has no public half.',
        'If they are to, make another key with latchkey keys generate --alg ES256.',
      ),
    ]
  const { modulusLength = RSA_BITS_ADVISED } = key.verifyKey.algorithm as Partial<RsaKeyAlgorithm>
  return modulusLength < RSA_BITS_ADVISED
    ? [
        warning(
          `The key that signs is an RSA key of ${modulusLength} bits, which is the least that is accepted.`,
          `Make another with latchkey keys generate: of RSA it has ${RSA_BITS_ADVISED}.`,
        ),
      ]
    : []
}
