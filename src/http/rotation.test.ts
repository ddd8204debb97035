import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { problemOf, refusalOf } from './answers.testing.ts'
import { openAppOnDisk } from './on-disk.testing.ts'
import { type Latchkey, openApp } from './requests.testing.ts'

/** T6, as an API client meets it: what each refresh token that is shown does. */

const withPair = async () => asClient(await openApp())

async function asClient(app: Latchkey) {
  const { refreshToken: r0, token, sid } = await app.beginPair()
  const trade = (refresh_token: string) => app.ask('/token/refresh', { json: { refresh_token } })
  /** The successor that is given for a token. */
  async function next(token: string): Promise<string> {
    const answer = await trade(token)
    assert.equal(answer.status, 200, answer.body)
    return JSON.parse(answer.body).refresh_token
  }
  const isBearerGood = async (bearer: string) => (await app.ask('/session', { bearer })).status === 200
  const events = async () => (await app.deps.audit.list({})).map(({ event }) => event)
  return { ...app, r0, token, sid, trade, next, isBearerGood, events }
}

describe('T6: a refresh token', () => {
  test('shown again after its successor was used is reuse: 401, and all of the session is dead at once', async () => {
    for (const seconds of [0, 11, 3600]) {
      const { r0, token, sid, trade, next, clock, isBearerGood, stored, events, logged } = await withPair()
      const r1 = await next(r0)
      const r2 = await next(r1)
      clock.advance(seconds)
      const problem = problemOf(await trade(r0))
      assert.deepEqual([problem.status, problem.code, problem.notice], [401, 'session_ended', 'reuse'])
      assert.equal((await stored(sid)).endReason, 'reuse')
      for (const dead of [r0, r1, r2]) assert.equal((await trade(dead)).status, 401)
      assert.ok(seconds > 900 || !(await isBearerGood(token)))
      // Once, however often it is shown.
      const told = (await events()).filter(
        (event) => event.startsWith('refresh.') || event === 'session.ended',
      )
      assert.deepEqual(told.sort(), ['refresh.reuse_detected', 'session.ended'])
      const lines = logged
        .map((line) => JSON.parse(line))
        .filter(({ msg }) => msg === 'refresh.reuse_detected')
      assert.deepEqual(
        lines.map((line) => [line.sid, line.level]),
        [[sid, 40]],
      )
    }
  })

  test('shown again within 10 s gets the same successor, byte for byte; in the eleventh another', async () => {
    for (const [seconds, isSame] of [
      [0, true],
      [9, true],
      [10, true],
      [11, false],
    ] as const) {
      const { r0, next, clock, isBearerGood, token } = await withPair()
      const r1 = await next(r0)
      clock.advance(seconds)
      assert.equal((await next(r0)) === r1, isSame, `${seconds}`)
      assert.ok(await isBearerGood(token))
    }
  })

  test('shown later, while the successor was never used: another one replaces that, which is dead', async () => {
    const { r0, next, trade, clock, stored, sid } = await withPair()
    const lost = await next(r0)
    clock.advance(11)
    const found = await next(r0)
    assert.notEqual(found, lost)
    clock.advance(3600)
    // However often an answer is lost, whoever asks again is never signed out.
    const again = await next(r0)
    const after = await next(again)
    assert.equal((await stored(sid)).endedAt, null)
    assert.deepEqual(refusalOf(await trade(lost)), [401, 'session_ended'])
    for (const dead of [found, again, after]) assert.equal((await trade(dead)).status, 401)
    assert.equal((await stored(sid)).endReason, 'reuse')
  })

  test('made up for a session that is known is a plain 401, and the session lives', async () => {
    const { r0, sid, trade, next, stored, token, isBearerGood, events } = await withPair()
    const before = await events()
    for (const secret of ['A'.repeat(43), r0.split('.')[1] ?? ''])
      assert.equal((await trade(`${sid}.${secret}.${'A'.repeat(43)}`)).status, 401)
    assert.equal((await stored(sid)).endedAt, null)
    assert.deepEqual(await events(), before)
    assert.ok(await isBearerGood(token))
    await next(r0)
  })

  test('used twenty times at once: all are answered alike, and one token lives', async () => {
    const { r0, sid, trade, next, stored, events } = await withPair()
    const answers = await Promise.all(Array.from({ length: 20 }, () => trade(r0)))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    const successors = new Set(answers.map(({ body }) => JSON.parse(body).refresh_token))
    assert.equal(successors.size, 1)
    assert.equal((await stored(sid)).refresh?.rotation, 1)
    assert.equal((await events()).filter((event) => event === 'session.refreshed').length, 1)
    for (const successor of successors) await next(successor)
  })

  test('used while the session is being ended: afterwards nothing lives', async () => {
    const { r0, token, sid, ask, trade, isBearerGood, stored } = await withPair()
    const trades = Array.from({ length: 6 }, () => trade(r0))
    const [answers] = await Promise.all([
      Promise.all(trades),
      ask('/logout', { method: 'POST', bearer: token }),
    ])
    assert.notEqual((await stored(sid)).endedAt, null)
    for (const { status, body } of answers.filter(({ status }) => status === 200)) {
      const { access_token, refresh_token } = JSON.parse(body)
      assert.equal(await isBearerGood(access_token), false, `${status}`)
      assert.equal((await trade(refresh_token)).status, 401)
    }
    assert.equal((await trade(r0)).status, 401)
  })

  test('stolen from one session does no harm to the other sessions of the user', async () => {
    const { r0, trade, next, beginPair, beginRemembered, isBearerGood, isLive } = await withPair()
    const [other, device] = [await beginPair(), await beginRemembered()]
    await next(await next(r0))
    assert.equal((await trade(r0)).status, 401)
    assert.ok((await isBearerGood(other.token)) && (await isLive(device.cookie)))
    await next(other.refreshToken)
    assert.ok(await isLive(device.refreshCookie))
  })

  test('Keycloak #49213: a write that failed was no use of it (503), and it is good as soon as the store is back', async () => {
    const latchkey = await openAppOnDisk()
    const { r0, trade, next, sid, stored } = await asClient(latchkey)
    latchkey.sql.exec(
      'create trigger broken before update on sessions begin select raise(abort, "disk"); end',
    )
    assert.deepEqual(refusalOf(await trade(r0)), [503, 'store_down'])
    latchkey.sql.exec('drop trigger broken')
    latchkey.takeAway()
    assert.deepEqual(refusalOf(await trade(r0)), [503, 'store_down'])
    latchkey.giveBack()
    assert.equal((await stored(sid)).refresh?.rotation, 0)
    await next(await next(r0))
  })

  test('Keycloak CVE-2026-9802: a restart forgets nothing: the same successor, and a theft is still seen', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-'))
    after(() => rmSync(dataDir, { recursive: true }))
    const overrides = { dataDir, secret: null }
    const first = await asClient(await openApp(overrides))
    const r1 = await first.next(first.r0)

    const second = await asClient(await openApp(overrides))
    assert.equal(await second.next(first.r0), r1)
    await second.next(r1)

    const third = await asClient(await openApp(overrides))
    assert.deepEqual(refusalOf(await third.trade(first.r0)), [401, 'session_ended'])
    assert.equal((await third.stored(first.sid)).endReason, 'reuse')
  })
})
