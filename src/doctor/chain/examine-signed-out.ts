import { type Finding, ok, problem } from '../finding.ts'
import type { Ask, Reply } from './ask.ts'
import { type Chain, withCodeOf } from './chain.ts'
import { findingsOf } from './fault.ts'
import { judgeSignedOut } from './judge-signed-out.ts'
import { judgeSpoofs, type Spoofed } from './judge-spoofs.ts'
import { lineOf } from './lines.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { addressFor, PAGE, REQUESTS, type Request, XHR } from './requests.ts'
import { setsOurs } from './session.ts'
import { spoofsFor } from './spoofs.ts'

export interface Row {
  request: Request
  address: URL
  reply: Reply
  outcome: Outcome
}

/** Asks an address in each of the ways. `cookie`: of who is signed in. */
export async function askEach(
  ask: Ask,
  publicUrl: string,
  app: URL,
  cookie?: { Cookie: string },
): Promise<Row[]> {
  const headersOf = (request: Request) => ({ ...request.headers, ...cookie })
  const xhr = await ask(app, { ...XHR, headers: headersOf(XHR) })
  const rows: Row[] = []
  for (const request of REQUESTS) {
    const address = addressFor(request, app)
    const headers = headersOf(request)
    const asked = request === XHR ? xhr : await ask(address, { method: request.method, headers })
    const reply = withCodeOf(xhr, asked)
    rows.push({ request, address, reply, outcome: outcomeOf(reply, publicUrl) })
  }
  return rows
}

export const judgeRowsSignedOut = (chain: Chain, rows: readonly Row[], who = 'Signed out'): Finding[] =>
  findingsOf(
    who,
    rows.map(({ request, address, outcome }) => ({
      request,
      fault: judgeSignedOut(chain, request, address, outcome),
    })),
    'pages lead to the sign-in page and back to the very address, all else is refused (401).',
  )

/** Cookies of Latchkey come from Latchkey alone: those that a proxy hands on are mangled, or somebody else's. */
export const judgeSetCookies = ({ proxy }: Chain, rows: readonly Row[]): Finding[] =>
  rows.some(({ reply }) => reply.kind === 'answer' && setsOurs(reply.setCookies))
    ? [problem('The app answers with a cookie that only Latchkey may set.', lineOf('setCookie', proxy))]
    : [ok('No cookie of Latchkey is set at the app.')]

export async function examineSpoofs(ask: Ask, chain: Chain, app: URL, plain: Outcome): Promise<Finding[]> {
  const spoofed: Spoofed[] = []
  for (const spoof of spoofsFor(app, chain.publicUrl)) {
    const reply = await ask(app, { headers: { ...PAGE.headers, ...spoof.headers } })
    spoofed.push({ spoof, outcome: outcomeOf(reply, chain.publicUrl) })
  }
  return judgeSpoofs(chain.proxy, app, plain, spoofed)
}
