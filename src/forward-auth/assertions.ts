import { BoundedMap } from '../lib/bounded-map.ts'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { Claims } from '../tokens/claims.ts'
import type { KeyRing } from '../tokens/key-ring.ts'
import { sign } from '../tokens/sign.ts'
import type { SigningKey } from '../tokens/signing-key.ts'

/** A proof for one app of who asks, which the app can check without trusting the network. Throws NoSigningKey. */
export type AssertionFor = (claims: Claims, app: string) => string | Promise<string>

export interface AssertionsNeeds {
  ring: Pick<KeyRing, 'signing'>
  issuer: string
  clock: Clock
  /** Epoch seconds before which no token may say that it was issued: it would be taken for one of a lost store. */
  notBefore?(): number
}

interface Made {
  key: SigningKey
  claims: Claims
  assertion: string | Promise<string>
  /** Epoch seconds: given out until then, and good for as long again. */
  until: number
}

const LIFE_SECONDS = 60
const GIVEN_SECONDS = 30
const MOST_REMEMBERED = 5000

/**
 * Signs who a session is for an app, given by its origin (`aud`). One is given out again for half of its minute, for a signature
 * costs more than all the rest of a check; not any more once another key signs, or something else is known of the user.
 */
export function createAssertions({
  ring,
  issuer,
  clock,
  notBefore = () => 0,
}: AssertionsNeeds): AssertionFor {
  const remembered = new BoundedMap<string, Made>(MOST_REMEMBERED)

  return function assertionFor(claims, app) {
    const key = ring.signing()
    const place = `${claims.sid} ${app}`
    const known = remembered.get(place)
    const now = clock.now()
    if (known && known.until > now && known.key === key && isSame(known.claims, claims))
      return known.assertion

    const { sub, sid, auth_time, username, role } = claims
    const iat = Math.max(now, notBefore())
    const told: Claims = {
      ...{ iss: issuer, aud: app, sub, sid, jti: newId(), iat, exp: iat + LIFE_SECONDS },
      ...{ auth_time, username, role },
    }
    const signing = sign(key, 'forward-auth+jwt', told)
    const made: Made = { key, claims, assertion: signing, until: now + GIVEN_SECONDS }
    remembered.set(place, made)
    // Those who ask meanwhile wait for the same one; whoever asks later need not wait at all.
    signing.then(
      (assertion) => {
        made.assertion = assertion
      },
      () => {
        made.until = 0
      },
    )
    return signing
  }
}

const isSame = (a: Claims, b: Claims): boolean =>
  a === b ||
  (a.role === b.role && a.username === b.username && a.sub === b.sub && a.auth_time === b.auth_time)
