import type { Chain } from './chain.ts'
import type { Fault } from './fault.ts'
import { judgeSignedOut } from './judge-signed-out.ts'
import { lineOf } from './lines.ts'
import type { Outcome } from './outcome.ts'
import type { Request } from './requests.ts'
import { brokenBy, forbiddenBy, misunderstoodBy, silenced } from './trouble.ts'

/**
 * Whether a request of somebody who is signed in reaches the app. What the app then says of it is its own; where that cannot be told
 * from a refusal of ours it is a warning.
 */
export function judgeSignedIn(chain: Chain, isPage: boolean, address: URL, outcome: Outcome): Fault | null {
  const { proxy } = chain
  const level = isPage ? 'problem' : 'warning'
  switch (outcome.kind) {
    case 'passed':
    // Wherever the app sends its people.
    case 'elsewhere':
      return null
    case 'sign-in':
      return {
        level: 'problem',
        what: 'sent to the sign-in page all the same, and from there back again: a loop.',
        whatToDo: lineOf('cookie', proxy),
      }
    case 'refused':
      return {
        level,
        what: 'refused (401), as if nobody were signed in.',
        whatToDo: `${lineOf('cookie', proxy)} It may also be what the app itself says.`,
      }
    case 'forbidden':
      if (outcome.code === 'untrusted_proxy' || outcome.code === 'unknown_app')
        return forbiddenBy(chain, address, outcome.code)
      return {
        level,
        what: 'forbidden (403).',
        whatToDo:
          'Give --user one who may go there: the address may be for admins alone. It may also be what the app itself says.',
      }
    case 'misunderstood':
      return misunderstoodBy(chain, outcome.code)
    case 'broken':
      return isPage || outcome.code !== null
        ? {
            ...brokenBy(chain, outcome.status, outcome.code),
            what: `answered ${outcome.status}: the proxy does not reach the app, or Latchkey, or the app fails.`,
          }
        : null
    case 'silent':
      return silenced(outcome.silence)
    default:
      return outcome satisfies never
  }
}

/** Whether a part for admins is closed to somebody who is signed in and is none. */
export function judgeWrongRole(chain: Chain, address: URL, outcome: Outcome): Fault | null {
  if (outcome.kind === 'forbidden') return null
  if (outcome.kind !== 'passed' && outcome.kind !== 'elsewhere')
    return judgeSignedIn(chain, true, address, outcome)
  return {
    level: 'problem',
    what: 'not forbidden (403) to somebody who is no admin. The part is open to everybody who is signed in.',
    whatToDo: lineOf('role', chain.proxy),
  }
}

/** Whether a token of a session that is over opens nothing more: to be answered as if it were not there. */
export const judgeRevoked = (chain: Chain, request: Request, address: URL, outcome: Outcome): Fault | null =>
  outcome.kind === 'passed'
    ? {
        level: 'problem',
        what: 'let in by the token of a session that has ended.',
        whatToDo: lineOf('fresh', chain.proxy),
      }
    : judgeSignedOut(chain, request, address, outcome)
