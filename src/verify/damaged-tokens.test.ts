import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openBase, recipes } from '../vectors/damage.testing.ts'
import { standIn, verifierOf } from './stand-in.testing.ts'

// Who is retired and who is signed out is told to an app by Latchkey, and has tests of its own.
const ELSEWHERE = ['kid-retired', 'sid-revoked']
const EXPIRED = ['exp-past', 'exp-now']

describe('an app that verifies by itself refuses a damaged token as Latchkey does', () => {
  for (const [id, damage] of Object.entries(recipes).filter(([id]) => !ELSEWHERE.includes(id))) {
    it(id, async () => {
      const base = await openBase('ES256')
      const latchkey = await standIn(base.rig.keys)
      const { verifier, worth } = verifierOf(latchkey, { longestTokenLifeSeconds: 900 })
      await verifier.ready()
      assert.equal(await worth(base.token), 'live')
      const tokens = await damage(base)
      assert.ok(tokens.length > 0)
      for (const token of tokens) {
        const refusals = EXPIRED.includes(id) ? ['expired'] : ['invalid', 'malformed']
        assert.ok(refusals.includes(await worth(token)), token.slice(0, 200))
      }
      assert.ok(latchkey.questions('keys').length <= 2)
      verifier.close()
      await base.rig.close()
    })
  }
})
