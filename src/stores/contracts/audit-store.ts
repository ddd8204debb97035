import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { AuditStore } from '../../audit/audit-store.ts'
import type { AuditEntry } from '../../audit/event.ts'

export interface OpenedAudit {
  audit: AuditStore
  close(): Promise<void>
}

const NOW = 1_800_000_000

const entry = (overrides: Partial<AuditEntry> = {}): AuditEntry => ({
  at: NOW,
  event: 'session.ended',
  userId: 'user',
  sid: 'sid',
  address: '192.0.2.1',
  reason: 'signed-out',
  ...overrides,
})
const instants = (entries: AuditEntry[]) => entries.map(({ at }) => at - NOW)

/** What every engine that keeps the audit log must do. `open` gives an empty one. */
export function auditStoreContract(name: string, open: () => Promise<OpenedAudit>): void {
  async function holding(t: TestContext, ...given: AuditEntry[]): Promise<AuditStore> {
    const { audit, close } = await open()
    t.after(close)
    await audit.insert(given)
    return audit
  }

  describe(`the audit log in ${name}`, () => {
    it('is empty at first', async (t) => {
      assert.deepEqual(await (await holding(t)).list({ limit: 10 }), [])
    })

    it('gives back what was put in, also what is not known', async (t) => {
      const full = entry({ address: '2001:db8::1', reason: 'Ünknown \u{1f600}' })
      const bare = entry({ at: NOW - 1, userId: null, sid: null, address: null, reason: null })
      assert.deepEqual(await (await holding(t, bare, full)).list({}), [full, bare])
    })

    it('is read last one first, whatever the clock said', async (t) => {
      const audit = await holding(t, ...[0, 1, -9, 1].map((n) => entry({ at: NOW + n })))
      assert.deepEqual(instants(await audit.list({})), [1, -9, 1, 0])
    })

    it('takes as many at once as there are, in their order', async (t) => {
      const many = Array.from({ length: 1201 }, (_, n) => entry({ at: NOW + n }))
      const audit = await holding(t, ...many)
      assert.deepEqual(await audit.list({}), many.toReversed())
    })

    for (const count of [0, 1, 999, 1000, 1001, 2500])
      it(`of ${count} is read in pages of a thousand at most, first one first`, async (t) => {
        const many = Array.from({ length: count }, (_, n) =>
          entry({ at: NOW - n, userId: n % 2 ? 'user' : null }),
        )
        const pages = await Array.fromAsync((await holding(t, ...many)).pages())
        assert.ok(pages.every(({ length }) => length > 0 && length <= 1000))
        assert.deepEqual(pages.flat(), many)
      })

    it('is read up to a limit, and whole without one', async (t) => {
      const audit = await holding(t, ...[0, 1, 2, 3].map((n) => entry({ at: NOW + n })))
      for (const [limit, expected] of [
        [1, [3]],
        [3, [3, 2, 1]],
        [4, [3, 2, 1, 0]],
        [5, [3, 2, 1, 0]],
      ] as const)
        assert.deepEqual(instants(await audit.list({ limit })), expected)
      assert.deepEqual(instants(await audit.list({})), [3, 2, 1, 0])
    })

    it('is read of one user, who sees nothing of others or of nobody', async (t) => {
      const audit = await holding(
        t,
        ...['me', 'other', null, 'me'].map((userId, n) => entry({ userId, at: NOW + n })),
      )
      assert.deepEqual(instants(await audit.list({ userId: 'me' })), [3, 0])
      assert.deepEqual(instants(await audit.list({ userId: 'me', limit: 1 })), [3])
      for (const userId of ['', 'ME', 'null', "x' OR '1'='1"])
        assert.deepEqual(await audit.list({ userId }), [])
    })

    it('is read without some events, which do not count towards the limit', async (t) => {
      const events = ['user.added', 'session.refreshed', 'session.refreshed', 'session.ended'] as const
      const audit = await holding(t, ...events.map((event, n) => entry({ event, at: NOW + n })))
      assert.deepEqual(instants(await audit.list({ without: [] })), [3, 2, 1, 0])
      assert.deepEqual(instants(await audit.list({ without: ['session.refreshed'], limit: 2 })), [3, 0])
      assert.deepEqual(instants(await audit.list({ only: 'session.refreshed', limit: 1 })), [2])
      const without = ['session.refreshed', 'user.added'] as const
      assert.deepEqual(instants(await audit.list({ userId: 'user', without })), [3])
    })

    it('is purged of what is older than an instant, whoever it is about', async (t) => {
      const given = [-1, 0, 1].flatMap((n) => [entry({ at: NOW + n }), entry({ at: NOW + n, userId: null })])
      const audit = await holding(t, ...given)
      await audit.purge(NOW)
      assert.deepEqual(instants(await audit.list({})), [1, 1, 0, 0])
    })

    it('keeps what is written while it is read and purged', async (t) => {
      const audit = await holding(t)
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          Promise.all([audit.insert([entry({ at: NOW + n })]), audit.list({}), audit.purge(NOW)]),
        ),
      )
      assert.equal((await audit.list({})).length, 20)
    })
  })
}
