import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openStores, type Stores } from '../stores/open.ts'
import { timeStores } from './time-stores.ts'

describe('timed stores', () => {
  it('are told by their name, and what is no call of a store is left as it is', async (t) => {
    const told: string[] = []
    const opened = await openStores({ dataDir: null })
    t.after(opened.close)
    const stores = timeStores(opened, { storeCall: (store, operation) => told.push(`${store} ${operation}`) })
    await stores.users.any()
    await stores.sessions.find('x')
    await stores.audit.list({})
    await stores.ping()
    assert.deepEqual(told, ['users any', 'sessions find', 'audit list'])
    assert.equal(stores.close, opened.close)
    // Whoever follows the log polls it when the engine cannot tell.
    assert.equal(stores.sessions.awaitRevocations, undefined)
  })

  it('are not timed while they wait for news, which says nothing about how quick they are, but fail as others do', async () => {
    const told: [string, boolean, boolean][] = []
    const news = { epoch: { id: 'x', at: 0 }, revocations: [], place: '1', isLast: true }
    let isDown = false
    const awaitRevocations = async () => (isDown ? Promise.reject(new Error('gone')) : news)
    const sessions = { awaitRevocations, countLive: async () => 0 }
    const opened = { sessions, users: {}, audit: {} } as unknown as Stores
    const stores = timeStores(opened, {
      storeCall: (_, operation, seconds, isDone) => told.push([operation, seconds !== null, isDone]),
    })
    assert.equal(await stores.sessions.awaitRevocations?.(null, 0), news)
    await stores.sessions.countLive(0)
    isDown = true
    await assert.rejects(async () => stores.sessions.awaitRevocations?.(null, 0), /gone/)
    assert.deepEqual(told, [
      ['awaitRevocations', false, true],
      ['countLive', true, true],
      ['awaitRevocations', false, false],
    ])
  })
})
