import type { Chain } from './chain.ts'
import type { Fault } from './fault.ts'
import { lineOf } from './lines.ts'
import type { Outcome } from './outcome.ts'
import type { Request } from './requests.ts'
import { brokenBy, forbiddenBy, misunderstoodBy, silenced } from './trouble.ts'

const problem = (what: string, whatToDo: string): Fault => ({ level: 'problem', what, whatToDo })

/** Whether somebody who is not signed in is kept out of `address`, and led to the sign-in page where that is of use. */
export function judgeSignedOut(chain: Chain, request: Request, address: URL, outcome: Outcome): Fault | null {
  const { proxy } = chain
  switch (outcome.kind) {
    case 'passed':
      return outcome.status < 400
        ? {
            ...problem(
              'let through, with nobody signed in: the app is open to everybody.',
              lineOf('ask', proxy),
            ),
            isWorst: true,
          }
        : problem(
            `answered ${outcome.status}, with nobody signed in and nobody asked to sign in.`,
            `${lineOf('ask', proxy)} Or the proxy knows no such address: give --url one that it does.`,
          )
    case 'sign-in':
      return request.isPage
        ? judgeNext(chain, address, outcome.next)
        : problem(
            'sent to the sign-in page, which no program can use, and not refused (401).',
            lineOf('isPage', proxy),
          )
    case 'elsewhere':
      return judgeElsewhere(chain, address, outcome.to)
    case 'refused':
      if (!request.isPage) return null
      return problem(
        outcome.leads
          ? 'refused (401) with the address of the sign-in page, which no browser follows.'
          : 'refused (401), and not led to the sign-in page.',
        lineOf('toSignIn', proxy),
      )
    case 'forbidden':
      return forbiddenBy(chain, address, outcome.code)
    case 'misunderstood':
      return misunderstoodBy(chain, outcome.code)
    case 'broken':
      return brokenBy(chain, outcome.status, outcome.code)
    case 'silent':
      return silenced(outcome.silence)
    default:
      return outcome satisfies never
  }
}

/** Whoever signs in is to come back to the very address. */
function judgeNext({ proxy }: Chain, asked: URL, next: string | null): Fault | null {
  const url = next === null ? null : URL.parse(next)
  if (!url)
    return problem(
      'led to the sign-in page, which does not learn where to lead back to.',
      lineOf('address', proxy),
    )
  // What stands behind # no browser sends.
  if (url.href === asked.href.replace(/#.*$/, '')) return null
  const differs = (['protocol', 'hostname', 'port', 'pathname', 'search'] as const).find(
    (part) => url[part] !== asked[part],
  )
  return problem(
    `led to the sign-in page, which would lead back to ${url.href} (another ${PARTS[differs ?? 'pathname']} than was asked).`,
    lineOf('address', proxy),
  )
}

const PARTS = {
  protocol: 'scheme',
  hostname: 'host',
  port: 'port',
  pathname: 'path',
  search: 'query',
} as const

function judgeElsewhere(
  { publicUrl, proxy }: Chain,
  asked: URL,
  { origin, pathname, host, protocol }: URL,
): Fault {
  if (host === asked.host && protocol !== asked.protocol)
    return problem(
      `sent to ${origin}, so nothing of the app was seen.`,
      `Give --url ${origin}${asked.pathname}.`,
    )
  if (pathname === '/signin')
    return problem(
      `led to the sign-in page of ${origin}, and not to that of ${publicUrl}.`,
      'The Latchkey that the proxy asks has that PUBLIC_URL. Set it to the address under which browsers reach Latchkey, or give --latchkey the one that is meant.',
    )
  return problem(
    `sent to ${origin}${pathname} with nobody signed in, and not to the sign-in page of ${publicUrl}.`,
    lineOf('ask', proxy),
  )
}
