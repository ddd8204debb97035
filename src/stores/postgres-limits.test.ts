import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { Client } from 'pg'
import { openPostgres } from './postgres.ts'
import { LEFT_OUT, testPostgres } from './services.testing.ts'
import { StoreUnavailable } from './store-unavailable.ts'

const postgres = await testPostgres()

const LIMITS = sql<{ name: string; setting: string; reset_val: string }>`
  select name, setting, reset_val from pg_settings
  where name in ('statement_timeout', 'idle_in_transaction_session_timeout') order by name`

describe('the time limits of a connection', { skip: postgres ? false : LEFT_OUT.postgres }, () => {
  it('are set on it, and not asked for with it, which a PgBouncer refuses', async (t) => {
    const db = openPostgres(postgres?.url ?? '')
    t.after(() => db.destroy())
    const both = await Promise.all([LIMITS.execute(db), LIMITS.execute(db)])
    for (const { rows } of both)
      assert.deepEqual(
        // What it was when the connection was made comes last.
        rows.map(({ name, setting, reset_val }) => [name, setting, reset_val]),
        [
          ['idle_in_transaction_session_timeout', '10000', '0'],
          ['statement_timeout', '5000', '0'],
        ],
      )
  })

  it('go with a question after ten seconds of silence, whether the other end is still there', async (t) => {
    const asks = t.mock.method(Socket.prototype, 'setKeepAlive')
    const db = openPostgres(postgres?.url ?? '')
    t.after(() => db.destroy())
    await sql`select 1`.execute(db)
    assert.deepEqual(
      asks.mock.calls.map((call) => call.arguments),
      [[true, 10_000]],
    )
  })

  it('are on each that is used: one on which they could not be set is closed, and the next has them', async (t) => {
    const db = openPostgres(postgres?.url ?? '')
    t.after(() => db.destroy())
    const refused = t.mock.method(Client.prototype, 'query', async () => {
      throw new Error('refused')
    })
    await assert.rejects(sql`select 1`.execute(db), StoreUnavailable)
    assert.equal(refused.mock.callCount(), 1)
    refused.mock.restore()
    const { rows } = await LIMITS.execute(db)
    assert.deepEqual(
      rows.map(({ setting }) => setting),
      ['10000', '5000'],
    )
  })
})
