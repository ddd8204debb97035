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
  ring: Pick<KeyRing, 'signing' | 'get'>
  issuer: string
  clock: Clock
  /** Epoch seconds before which no token may say that it was issued: it would be taken for one of a lost store. */
  notBefore?(): number
}

interface Made {
  key: SigningKey
  assertion: string | Promise<string>
  /** Epoch seconds: given out until then, and good for as long again. */
  until: number
}

const LIFE_SECONDS = 60
const GIVEN_SECONDS = 30
// With `https://*.example.org` in RETURN_TO, a client could make up any number of them.
const MOST_APPS = 20

/**
 * Signs who a session is for an app, given by its origin (`aud`). One is given out again for half of its minute, for a signature
 * costs more than all the rest of a check; not any more once its key was removed. Remembered by the claims that the token verifier
 * remembers, so it is forgotten with them.
 */
export function createAssertions({
  ring,
  issuer,
  clock,
  notBefore = () => 0,
}: AssertionsNeeds): AssertionFor {
  const remembered = new WeakMap<Claims, BoundedMap<string, Made>>()

  function madeFor(claims: Claims): BoundedMap<string, Made> {
    const known = remembered.get(claims) ?? new BoundedMap(MOST_APPS)
    remembered.set(claims, known)
    return known
  }

  function claimsFor({ sub, sid, auth_time, username, role }: Claims, app: string): Claims {
    const iat = Math.max(clock.now(), notBefore())
    return {
      ...{ iss: issuer, aud: app, sub, sid, jti: newId(), iat, exp: iat + LIFE_SECONDS },
      ...{ auth_time, username, role },
    }
  }

  return function assertionFor(claims, app) {
    const known = remembered.get(claims)?.get(app)
    if (known && known.until > clock.now() && ring.get(known.key.kid) === known.key) return known.assertion
    const key = ring.signing()
    const signing = sign(key, 'forward-auth+jwt', claimsFor(claims, app))
    const made: Made = { key, assertion: signing, until: clock.now() + GIVEN_SECONDS }
    madeFor(claims).set(app, made)
    // Who asks meanwhile waits for the same one; who asks later need not wait at all.
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
