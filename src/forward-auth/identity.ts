import type { Accounts } from '../accounts/accounts.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Clock } from '../lib/clock.ts'
import type { Claims } from '../tokens/claims.ts'

/** Who somebody is, as headers for an app. */
export type Identity = Record<'remote-user' | 'remote-name' | 'remote-email' | 'remote-groups', string>

const MOST_REMEMBERED = 5000
const KEPT_SECONDS = 30
// None can be in a header. A name that was typed with one is still a name.
const CONTROLS = /\p{Cc}/gu

/**
 * Who the holder of a token is: all four headers, empty where there is nothing to say, for one that is left out a proxy would let the
 * client's own through (CVE-2026-30851). Null when the user is gone. Name and e-mail may be half a minute old, so that
 * a store is asked seldom; whoever is disabled, deleted or given another role has no session any more.
 */
export function createIdentities({ accounts, clock }: { accounts: Pick<Accounts, 'find'>; clock: Clock }) {
  const remembered = new BoundedMap<string, { identity: Identity; until: number }>(MOST_REMEMBERED)

  async function lookUp({ sub, role }: Claims): Promise<Identity | null> {
    const user = await accounts.find(sub)
    if (user?.status !== 'active') return null
    const identity = {
      'remote-user': headerText(user.username),
      'remote-name': headerText(user.name ?? ''),
      'remote-email': headerText(user.email ?? ''),
      'remote-groups': role,
    }
    remembered.set(sub, { identity, until: clock.now() + KEPT_SECONDS })
    return identity
  }

  return function identityOf(claims: Claims): Identity | Promise<Identity | null> {
    const known = remembered.get(claims.sub)
    const isGood = known && known.until > clock.now() && known.identity['remote-groups'] === claims.role
    return isGood ? known.identity : lookUp(claims)
  }
}

/** UTF-8, each byte written as one letter, as a header takes it (obs-text, RFC 9110 5.5), and apps read it. */
const headerText = (text: string): string => Buffer.from(text.replace(CONTROLS, ' ')).toString('latin1')
