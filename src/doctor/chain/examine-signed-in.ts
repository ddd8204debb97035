import { setTimeout } from 'node:timers/promises'
import { type Finding, ok, problem } from '../finding.ts'
import type { Ask } from './ask.ts'
import type { Chain, Tell } from './chain.ts'
import { askEach, judgeSetCookies, type Row } from './examine-signed-out.ts'
import { findingsOf } from './fault.ts'
import { judgeReach } from './judge-reach.ts'
import { judgeRevoked, judgeSignedIn, judgeWrongRole } from './judge-signed-in.ts'
import { judgeRemembered, walkRemembered } from './remembered.ts'
import { type Account, type Cookie, cookieHeader, type SignedIn, signIn, signOut } from './session.ts'

/** Other nodes hear of an end within half a second; by polling, at the latest. */
const WAITS = 6
const WAIT_MILLISECONDS = 500

export interface Places {
  app: URL
  /** A part for admins. */
  admin: URL | null
}

/** Signs in, asks as who is signed in, remembered, without the role and at last signed out again. Whatever happens, it signs out. */
export async function examineSignedIn(ask: Ask, chain: Chain, places: Places, account: Account, tell: Tell) {
  const { publicUrl } = chain
  const who = await signIn(ask, publicUrl, account)
  if (who.kind === 'wrong-credentials')
    return tell('signed in', [
      problem(`${account.username} cannot sign in with that password.`, 'Give --user one who can.'),
    ])
  if (who.kind === 'not-answered')
    return tell('signed in', [
      problem(
        `Nobody could sign in at ${publicUrl}/signin (${who.reply.kind === 'answer' ? who.reply.status : who.reply.code}).`,
        'See that PUBLIC_URL leads to Latchkey, and what it says in its log.',
      ),
    ])

  let latest: Pick<SignedIn, 'token' | 'refresh'> = who
  let isOver = false
  try {
    const reach = judgeReach(publicUrl, places.app, who.token.domain)
    tell('cookies', [reach])
    // Nothing that a browser would not send is sent.
    if (reach.level !== 'ok') return
    const rows = await askEach(ask, publicUrl, places.app, cookieHeader([who.token]))
    tell('signed in', judgeRowsSignedIn(chain, rows))
    tell('cookies', judgeSetCookies(chain, rows))
    await examineWrongRole(ask, chain, places.admin, who, tell)
    if (who.refresh) {
      const way = await walkRemembered(ask, publicUrl, places.app, who.refresh)
      if (way.kind === 'back') latest = way
      tell('remembered', judgeRemembered(chain, places.app, way))
    }
    isOver = await signOut(ask, publicUrl, [latest.token, latest.refresh])
    if (isOver) tell('revoked', await examineRevoked(ask, chain, places.app, latest.token))
  } finally {
    isOver ||= await signOut(ask, publicUrl, [latest.token, latest.refresh])
    if (!isOver)
      tell('revoked', [
        problem(
          `The session of ${account.username} could not be ended at ${publicUrl}/logout.`,
          `See that the proxy passes POST to it, and run npx latchkey sessions end --user ${account.username} where Latchkey runs.`,
        ),
      ])
  }
}

const judgeRowsSignedIn = (chain: Chain, rows: readonly Row[]): Finding[] =>
  findingsOf(
    'Signed in',
    rows.map(({ request, address, outcome }) => ({
      request,
      fault: judgeSignedIn(chain, request.isPage && request.method === 'GET', address, outcome),
    })),
    'every request reaches the app.',
  )

async function examineWrongRole(ask: Ask, chain: Chain, admin: URL | null, who: SignedIn, tell: Tell) {
  if (!admin) return
  if (who.role === 'admin') return tell('wrong role', [ok('Not looked at: give --user one who is no admin.')])
  const reach = judgeReach(chain.publicUrl, admin, who.token.domain)
  if (reach.level !== 'ok') return tell('wrong role', [reach])
  const rows = await askEach(ask, chain.publicUrl, admin, cookieHeader([who.token]))
  const judged = rows.map(({ request, address, outcome }) => ({
    request,
    fault: judgeWrongRole(chain, address, outcome),
  }))
  tell('wrong role', findingsOf('Signed in, and no admin', judged, 'the part for admins is forbidden (403).'))
}

async function examineRevoked(ask: Ask, chain: Chain, app: URL, token: Cookie): Promise<Finding[]> {
  const judge = async () => {
    const rows = await askEach(ask, chain.publicUrl, app, cookieHeader([token]))
    return rows.map(({ request, address, outcome }) => ({
      request,
      fault: judgeRevoked(chain, request, address, outcome),
    }))
  }
  let judged = await judge()
  for (let wait = 0; wait < WAITS && judged.some(({ fault }) => fault); wait++) {
    await setTimeout(WAIT_MILLISECONDS)
    judged = await judge()
  }
  return findingsOf('Signed out again, with the old token', judged, 'as if nobody were signed in.')
}
