import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe } from 'node:test'
import { severalNodesContract } from './contracts/several-nodes.ts'
import { LEFT_OUT, onPostgres, testPostgres } from './services.testing.ts'

const COUNT = 'select count(*) as n from kysely_migration'

severalNodesContract('one SQLite file', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-nodes-'))
  t.after(() => rmSync(dataDir, { recursive: true }))
  return {
    settings: { dataDir },
    async countMigrations() {
      const database = new DatabaseSync(join(dataDir, 'latchkey.db'))
      const row = database.prepare(COUNT).get()
      database.close()
      return Number(row?.n)
    },
  }
})

const postgres = await testPostgres()
if (postgres)
  severalNodesContract('one Postgres', async () => {
    const databaseUrl = await postgres.fresh()
    return {
      settings: { dataDir: null, databaseUrl },
      countMigrations: () =>
        onPostgres(databaseUrl, async (client) => Number((await client.query(COUNT)).rows[0].n)),
    }
  })
else describe('several nodes on one Postgres', { skip: LEFT_OUT.postgres })
