import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { manualClock } from '../lib/clock.ts'
import { openStores } from '../stores/open.ts'
import { START } from '../testing.ts'
import { createAudit } from './audit.ts'
import type { AuditStore } from './audit-store.ts'
import type { AuditEntry, AuditEvent, From } from './event.ts'

const FROM = { address: '2001:db8::1', requestId: 'request' }

/** An audit log on a real store, with a list of what the program's log is told. */
async function open(t: TestContext, change: Partial<AuditStore> = {}) {
  const stores = await openStores({ dataDir: null })
  t.after(stores.close)
  const clock = manualClock(START)
  const told: { entry: AuditEntry; from: From }[] = []
  const troubles: { error: unknown; event: AuditEvent }[] = []
  const audit = createAudit({
    ...{ store: { ...stores.audit, ...change }, clock },
    onEvent: (entry, from) => told.push({ entry, from }),
    onTrouble: (error, event) => troubles.push({ error, event }),
  })
  return { audit, clock, told, troubles, store: stores.audit }
}

describe('an event', () => {
  it('is kept with its time, what it is about and the address it came from', async (t) => {
    const { audit, clock, troubles } = await open(t)
    clock.advance(7)
    await audit.record('session.ended', { userId: 'user', sid: 'sid', reason: 'signed-out' }, FROM)
    const [entry, ...more] = await audit.list({})
    assert.deepEqual([more, troubles], [[], []])
    assert.deepEqual(entry, {
      ...{ at: START + 7, event: 'session.ended', userId: 'user', sid: 'sid' },
      ...{ address: '2001:db8::1', reason: 'signed-out' },
    })
  })

  it('says nothing of what it is not about, nor of an address when it has none', async (t) => {
    const { audit } = await open(t)
    await audit.record('sign_in.failed', {}, { address: null })
    const [entry] = await audit.list({})
    assert.deepEqual(entry, {
      ...{ at: START, event: 'sign_in.failed', userId: null, sid: null, address: null, reason: null },
    })
  })

  it('is told to the log with its request, which is not kept', async (t) => {
    const { audit, told } = await open(t)
    await audit.record('user.added', { userId: 'user' }, FROM)
    const [entry] = await audit.list({})
    assert.deepEqual(told, [{ entry, from: FROM }])
    assert.doesNotMatch(JSON.stringify(entry), /request/)
  })
})

describe('an event of many things', () => {
  it('is an entry for each, of one time and place, each told to the log', async (t) => {
    const { audit, told } = await open(t)
    await audit.recordAll('session.ended', [{ sid: 'a', reason: 'reuse' }, { sid: 'b' }], FROM)
    const entries = await audit.list({})
    assert.deepEqual(
      entries.map(({ at, sid, reason, address }) => [at, sid, reason, address]),
      [
        [START, 'b', null, FROM.address],
        [START, 'a', 'reuse', FROM.address],
      ],
    )
    assert.deepEqual(told.map(({ entry }) => entry).toReversed(), entries)
  })
})

describe('an event that cannot be kept', () => {
  it('stops nobody, is told to the log all the same, and so is the trouble', async (t) => {
    const error = new Error('the disk is full')
    const { audit, told, troubles, store } = await open(t, { insert: () => Promise.reject(error) })
    await audit.record('session.ended', { sid: 'sid' }, FROM)
    assert.equal(told[0]?.entry.sid, 'sid')
    assert.deepEqual(troubles, [{ error, event: 'session.ended' }])
    assert.deepEqual(await store.list({}), [])
  })
})

describe('the list', () => {
  it('is the newest first, of the user and the length that were asked for', async (t) => {
    const { audit, clock } = await open(t)
    for (const userId of ['a', 'b', 'a', 'b', 'a']) {
      await audit.record('session.refreshed', { userId }, FROM)
      clock.advance(1)
    }
    const seconds = (entries: AuditEntry[]) => entries.map(({ at }) => at - START)
    assert.deepEqual(seconds(await audit.list({})), [4, 3, 2, 1, 0])
    assert.deepEqual(seconds(await audit.list({ limit: 2 })), [4, 3])
    assert.deepEqual(seconds(await audit.list({ userId: 'a', limit: 2 })), [4, 2])
  })

  it('is in the order in which things happened, also within a second', async (t) => {
    const { audit } = await open(t)
    const sids = Array.from({ length: 50 }, (_, n) => String(n))
    for (const sid of sids) await audit.record('session.refreshed', { sid }, FROM)
    assert.deepEqual(
      (await audit.list({})).map(({ sid }) => sid),
      sids.toReversed(),
    )
  })
})
