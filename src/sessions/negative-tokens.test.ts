import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { quickest } from '../quickest.testing.ts'
import { START } from '../testing.ts'
import { ALGORITHMS } from '../tokens/algorithms.ts'
import { openBase, recipes } from '../vectors/damage.testing.ts'
import { FROM } from '../vectors/rig.testing.ts'
import { readVectors } from '../vectors/vectors.testing.ts'

const told: Record<string, string> = { 'exp-past': 'expired', 'exp-now': 'expired', 'sid-revoked': 'revoked' }
const LONGEST_MILLISECONDS = 50

for (const alg of ALGORITHMS) {
  describe(`a damaged token of ${alg} is refused`, () => {
    const { recipes: listed } = readVectors<{ recipes: { id: string; change: string; why: string }[] }>(
      'jwt-negative-recipes.json',
    )

    for (const { id, change, why } of listed) {
      it(`${id}: ${change.slice(0, 70)} (${why})`, async () => {
        const recipe = recipes[id] ?? assert.fail(`nothing makes the damage ${id}`)
        const base = await openBase(alg)
        const tokens = await recipe(base)
        assert.ok(tokens.length > 0)
        for (const token of tokens) {
          assert.ok(token !== base.token || id in told || id === 'kid-retired', 'the damage is none')
          const { kind } = await base.rig.sessions.resume(token)
          if (told[id]) assert.equal(kind, told[id])
          else assert.ok(kind === 'invalid' || kind === 'malformed', `${kind}: ${token.slice(0, 300)}`)
          if (id === 'bigtoken')
            assert.ok((await quickest(() => base.rig.sessions.resume(token))) < LONGEST_MILLISECONDS)
        }
        await base.rig.close()
      })
    }

    it('by a recipe that is listed, and by no other', () => {
      assert.deepEqual(Object.keys(recipes).toSorted(), listed.map(({ id }) => id).toSorted())
    })
  })
}

describe('a token is refused', () => {
  it('when its user was deleted', async () => {
    const { rig, token, claims } = await openBase()
    const user = (await rig.accounts.find(claims.sub)) ?? assert.fail()
    await rig.accounts.delete(user, FROM)
    assert.equal((await rig.sessions.resume(token)).kind, 'revoked')
    await rig.close()
  })
})

describe('an undamaged token is live', () => {
  for (const alg of ALGORITHMS)
    it(`of ${alg}, as it was issued and as the recipes put it together`, async () => {
      const base = await openBase(alg)
      const { rig, token, byRsa, claims, claiming, headed, holding } = base
      const whole = [token, byRsa, claiming({}), headed({}), holding(claims)]
      for (const good of [...whole, claiming({ exp: START + 100.5 }), claiming({ nbf: START })]) {
        assert.equal((await rig.sessions.resume(good)).kind, 'live')
      }
      await rig.close()
    })
})
