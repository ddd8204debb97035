import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { User } from '../accounts/user.ts'
import { manualClock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { START } from '../testing.ts'
import type { Claims } from '../tokens/claims.ts'
import { createIdentities } from './identity.ts'

const user: User = {
  ...{ id: newId(), username: 'ada', name: 'Ada', email: 'ada@example.test', phone: null },
  ...{ role: 'admin', status: 'active', passwordHash: '', revision: 0, createdAt: START },
}
const claimsOf = (role: 'user' | 'admin'): Claims => ({
  ...{ iss: 'x', aud: 'x', sub: user.id, sid: newId(), jti: newId(), iat: START, exp: START + 300 },
  ...{ auth_time: START, username: 'ada', role },
})

function open() {
  const clock = manualClock(START)
  const store = { user: user as User | null, asked: 0, isAway: false }
  const identityOf = createIdentities({
    accounts: {
      async find() {
        store.asked++
        if (store.isAway) throw new Error('away')
        return store.user
      },
    },
    clock,
  })
  return { clock, store, identityOf: async (role: 'user' | 'admin' = 'admin') => identityOf(claimsOf(role)) }
}

describe('who somebody is, for an app', () => {
  it('is asked of the store once in half a minute', async () => {
    const { clock, store, identityOf } = open()
    const first = await identityOf()
    assert.equal(first?.['remote-name'], 'Ada')
    store.user = { ...user, name: 'Ada Lovelace' }
    clock.advance(29)
    assert.equal(await identityOf(), first)
    assert.equal(store.asked, 1)
    clock.advance(1)
    assert.equal((await identityOf())?.['remote-name'], 'Ada Lovelace')
    assert.equal(store.asked, 2)
  })

  it('has the role of the token that was shown, not of one that was shown before', async () => {
    const { identityOf } = open()
    assert.equal((await identityOf('admin'))?.['remote-groups'], 'admin')
    assert.equal((await identityOf('user'))?.['remote-groups'], 'user')
  })

  it('is nobody when the user is disabled or gone', async () => {
    for (const gone of [{ ...user, status: 'disabled' as const }, null]) {
      const { store, identityOf } = open()
      store.user = gone
      assert.equal(await identityOf(), null)
    }
  })

  it('cannot be told while the store is away, and is not remembered as nobody', async () => {
    const { store, identityOf } = open()
    store.isAway = true
    await assert.rejects(identityOf())
    store.isAway = false
    assert.equal((await identityOf())?.['remote-user'], 'ada')
  })
})
