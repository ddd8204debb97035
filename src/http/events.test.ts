import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ACTS, type All, openWithAll } from './acts.testing.ts'
import { FROM_TEST, openApp } from './requests.testing.ts'

/** T24: what each act leaves in the audit log and in the program's log: each event exactly once, in both, and no other. */

interface Line {
  event: string
  reason: string | null
  sid: string | null
  userId: string | null
}

/** The events after the first so many, as the audit log has them, and as the program's log does, in order. */
async function eventsOf({ deps, logged }: All, before: number) {
  const all = await deps.audit.list({})
  const fresh = all.slice(0, all.length - before)
  const table = fresh.map(({ event, reason, sid, userId }): Line => ({ event, reason, sid, userId }))
  const lines = logged.map((line) => JSON.parse(line)).filter(({ msg }) => /^[a-z_]+\.[a-z_]+$/.test(msg))
  const log = lines
    .filter(({ msg }) => msg !== 'origin.refused')
    .map(({ msg, reason = null, sid = null, userId = null }): Line => ({ event: msg, reason, sid, userId }))
  const requests = logged.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request')
  for (const { requestId } of lines)
    assert.equal(requests.filter((request) => request.requestId === requestId).length, 1)
  return { table: table.reverse(), log }
}

const text = (lines: unknown[]) => lines.map((line) => JSON.stringify(line)).sort()

describe('T24: exactly these events, in the audit log and in the log', () => {
  for (const [name, { before, act, told }] of Object.entries(ACTS)) {
    test(`${name}: ${told.map(([event, reason]) => `${event}${reason ? ` ${reason}` : ''}`).join(', ') || 'nothing'}`, async () => {
      const all = await openWithAll()
      await before?.(all)
      const known = (await all.deps.audit.list({})).length
      const sids = { page: all.page.sid, device: all.device.sid, script: all.script.sid }
      const holderOf = (sid: string | null) =>
        sid && (Object.entries(sids).find(([, known]) => known === sid)?.[0] ?? 'new')
      all.logged.length = 0
      await act(all)
      const { table, log } = await eventsOf(all, known)
      assert.deepEqual(text(log), text(table))
      assert.deepEqual(
        text(table.map(({ event, reason, sid }) => [event, reason, holderOf(sid)])),
        text(told.map(([event, reason = null, of = null]) => [event, reason, of])),
      )
      // Each is about the user, but for one that is nobody's.
      for (const { reason, userId } of table)
        if (reason !== 'unknown-user' && reason !== 'disabled') assert.equal(userId, all.user.id)
    })
  }
})

test('T24: an account made, changed, disabled and deleted is told of, each once', async () => {
  const { deps, addUser, logged } = await openApp()
  const user = await addUser()
  await deps.accounts.change(user, { role: 'admin' }, FROM_TEST)
  await deps.accounts.change(user, { status: 'disabled' }, FROM_TEST)
  await deps.accounts.change(user, { status: 'active' }, FROM_TEST)
  await deps.accounts.setPassword(user, 'another plain sentence', FROM_TEST)
  await deps.accounts.delete(user, FROM_TEST)
  const expected = [
    ['user.added', null],
    ['user.role_changed', 'admin'],
    ['user.disabled', null],
    ['user.enabled', null],
    ['password.changed', null],
    ['user.deleted', null],
  ]
  const entries = (await deps.audit.list({ userId: user.id })).reverse()
  assert.deepEqual(
    entries.map(({ event, reason }) => [event, reason]),
    expected,
  )
  const lines = logged.map((line) => JSON.parse(line)).filter(({ userId }) => userId === user.id)
  assert.deepEqual(
    lines.map(({ msg, reason = null }) => [msg, reason]),
    expected,
  )
})
