import { elseOk, type Finding, problem } from '../finding.ts'
import { lineOf } from './lines.ts'
import type { Outcome } from './outcome.ts'
import type { ProxyKind } from './proxy.ts'
import type { Spoof } from './spoofs.ts'

export interface Spoofed {
  spoof: Spoof
  outcome: Outcome
}

/** Whether what a client says of itself changes how a page is answered. To be refused for it is well, too. */
export const judgeSpoofs = (
  proxy: ProxyKind | null,
  app: URL,
  plain: Outcome,
  spoofed: readonly Spoofed[],
): Finding[] =>
  elseOk(
    spoofed.flatMap(({ spoof, outcome }) => {
      const what = difference(app, plain, outcome)
      return what === null
        ? []
        : [problem(`A client that sends ${spoof.name} ${what}`, lineOf('clients', proxy))]
    }),
    'What a client says of itself (Remote-User, X-Forwarded-*, X-Original-URL, Host and their likes) changes nothing.',
  )

function difference(app: URL, plain: Outcome, outcome: Outcome): string | null {
  if (outcome.kind === 'passed' && plain.kind !== 'passed' && isLetIn(outcome.status))
    return 'is let through, with nobody signed in: the app is open to whoever says so.'
  if (outcome.kind === 'sign-in' && (plain.kind !== 'sign-in' || outcome.next !== plain.next))
    return `chooses which address Latchkey is asked about: ${outcome.next ?? 'none'}.`
  // Within the app it may be its own address in its one spelling.
  if (outcome.kind === 'elsewhere' && plain.kind !== 'elsewhere' && outcome.to.host !== app.host)
    return `is sent to ${outcome.to.origin}.`
  return null
}

/** 400, 404, 421 and their likes are how a proxy refuses what it does not take. */
const isLetIn = (status: number): boolean => status < 400
