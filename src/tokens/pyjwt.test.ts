import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { systemClock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { forgingKey, ringOf } from '../vectors/forge.testing.ts'
import { findPyJwt } from '../vectors/python.testing.ts'
import { AUDIENCE, tokenPolicy as policy } from '../vectors/rig.testing.ts'
import { ALGORITHMS } from './algorithms.ts'
import { createIssuer } from './issue.ts'

/** What PyJWT makes of a token: its claims, or the name of the error. */
const PROGRAM = `
import json, sys, jwt
ask = json.load(sys.stdin)
key = jwt.PyJWK(ask["jwk"], ask["alg"]).key
try:
    print(json.dumps(jwt.decode(ask["token"], key, algorithms=[ask["alg"]], audience=ask["aud"], issuer=ask["iss"],
        options={"require": ["exp", "iat", "sub", "sid", "jti", "auth_time"]})))
except jwt.PyJWTError as error:
    print(json.dumps(type(error).__name__))
`

const python = findPyJwt()

describe('PyJWT', { skip: python === null && 'needs python3-jwt and python3-cryptography' }, () => {
  for (const alg of ALGORITHMS) {
    it(`takes a token of ${alg}, for its audience and with its signature only`, async () => {
      const key = await forgingKey(alg)
      const clock = systemClock
      const about = { sub: newId(), sid: newId(), auth_time: clock.now(), exp: clock.now() + 300 }
      const { token, claims } = await createIssuer({
        ...{ ring: ringOf([key]), policy, extraClaims: [], clock },
      })({ ...about, username: 'Zoë', role: 'user', name: null, email: null })
      const jwk = key.published?.jwk ?? { kty: 'oct', k: Buffer.from(key.secret).toString('base64url') }
      const ask = (changed: object) => {
        const input = JSON.stringify({ jwk, alg, token, aud: AUDIENCE, iss: policy.issuer, ...changed })
        const { stdout, stderr } = spawnSync(python ?? '', ['-c', PROGRAM], { input, encoding: 'utf8' })
        return JSON.parse(stdout || assert.fail(stderr))
      }
      assert.deepEqual(ask({}), claims)
      assert.equal(ask({ aud: 'https://other.test' }), 'InvalidAudienceError')
      assert.equal(ask({ iss: 'https://other.test' }), 'InvalidIssuerError')
      const at = token.lastIndexOf('.') + 5
      const letter = token[at] === 'A' ? 'B' : 'A'
      assert.equal(ask({ token: token.slice(0, at) + letter + token.slice(at + 1) }), 'InvalidSignatureError')
    })
  }
})
