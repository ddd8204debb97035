import type { Examined } from '../examine.ts'
import { type Finding, ok, problem } from '../finding.ts'
import { lookAtPublicUrl, type Reach } from '../look-at-public-url.ts'
import { judgePublicUrl } from '../public-url.ts'
import { type Ask, ask as askOnce } from './ask.ts'
import type { Chain, Tell } from './chain.ts'
import { examineSignedIn } from './examine-signed-in.ts'
import { askEach, examineSpoofs, judgeRowsSignedOut, judgeSetCookies } from './examine-signed-out.ts'
import { findingsOf } from './fault.ts'
import { type Found, findApp } from './find-app.ts'
import { judgeInside, judgeLeadsBack } from './judge-latchkey.ts'
import { judgeReach } from './judge-reach.ts'
import { judgeTrust, type SettingsAtHand } from './judge-trust.ts'
import { askInside, askLeadsBack } from './look-at-latchkey.ts'
import { outcomeOf } from './outcome.ts'
import { proxyOf } from './proxy.ts'
import { PAGE } from './requests.ts'
import type { Account } from './session.ts'
import { silenced } from './trouble.ts'

export interface ChainAsked {
  url: URL
  publicUrl: string
  adminUrl: URL | null
  account: Account | null
  /** Null when those of this Latchkey are not at hand. */
  settings: SettingsAtHand | null
}

/**
 * Asks an app behind a proxy behind Latchkey from outside, as browsers and programs do, and says what is wrong with the way there.
 * Signed out first, for an app that is open to everybody is the worst.
 */
export async function examineChain(asked: ChainAsked, ask: Ask = askOnce): Promise<Examined[]> {
  const { url, publicUrl, adminUrl, account, settings } = asked
  const examined: Examined[] = []
  const tell: Tell = (check, findings) => examined.push(...findings.map((finding) => ({ check, ...finding })))

  const [found, reach, leadsBack] = await Promise.all([
    findApp(ask, url),
    lookAtPublicUrl(publicUrl),
    askLeadsBack(ask, publicUrl, url),
  ])
  const proxy = found.reply.kind === 'answer' ? proxyOf(found.reply.server) : null
  const chain: Chain = { publicUrl, proxy, leadsBack }
  const answers = found.reply.kind === 'answer' && found.kind === 'found'
  await examineSignedOut(ask, chain, found, tell)
  if (adminUrl && answers)
    tell(
      'admin part',
      judgeRowsSignedOut(
        chain,
        await askEach(ask, publicUrl, adminUrl),
        'Signed out, of the part for admins',
      ),
    )

  tell('public url', judgeReachable(publicUrl, reach))
  if (reach.kind !== 'latchkey') return examined
  tell('public url', judgeLeadsBack(leadsBack, url))
  tell('public url', judgeInside(publicUrl, await askInside(ask, publicUrl), proxy))
  if (settings) tell('proxies', judgeTrust(settings))
  // With an account the cookie itself is looked at.
  if (settings && !account) tell('cookies', [judgeReach(publicUrl, url, settings.cookieDomain)])
  if (!answers) return examined
  if (account) await examineSignedIn(ask, chain, { app: found.app, admin: adminUrl }, account, tell)
  else
    for (const row of ['signed in', 'remembered', 'revoked']) tell(row, [ok('Not looked at: give --user.')])
  if (!account || !adminUrl)
    tell('wrong role', [
      ok('Not looked at: give --admin-url, an address for admins alone, and --user one who is none.'),
    ])
  return examined
}

async function examineSignedOut(ask: Ask, chain: Chain, { kind, app, reply }: Found, tell: Tell) {
  if (kind === 'in-circles') return tell('signed out', [inCircles(app)])
  // It would give none to all the others either, each time after a long wait.
  if (reply.kind !== 'answer')
    return tell('signed out', findingsOf(app.origin, [{ request: PAGE, fault: silenced(reply) }], ''))
  const rows = await askEach(ask, chain.publicUrl, app)
  tell('signed out', judgeRowsSignedOut(chain, rows))
  const plain = outcomeOf(reply, chain.publicUrl)
  if (plain.kind !== 'passed') tell('spoofing', await examineSpoofs(ask, chain, app, plain))
  tell('cookies', judgeSetCookies(chain, rows))
}

/** Whoever cannot reach it cannot sign in: from where this runs, as from everywhere. */
const judgeReachable = (publicUrl: string, reach: Reach): Finding[] =>
  reach.kind === 'unreachable'
    ? [
        problem(
          `${publicUrl} cannot be reached from this machine (${reach.code}), and nobody here can sign in.`,
          'See that PUBLIC_URL is the address under which browsers reach Latchkey; where its settings are not at hand, give --latchkey.',
        ),
      ]
    : judgePublicUrl(publicUrl, reach, null)

const inCircles = ({ origin, pathname }: URL): Finding =>
  problem(
    `${origin}${pathname} sends a browser in circles, at its own address.`,
    'See to the redirects of the proxy and the app: most often one to https of a proxy that is itself asked by http.',
  )
