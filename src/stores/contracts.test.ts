import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'
import { auditStoreContract } from './contracts/audit-store.ts'
import { intakeContract } from './contracts/intake.ts'
import { nodeStoreContract } from './contracts/node-store.ts'
import { sessionStoreContract } from './contracts/session-store.ts'
import { userStoreContract } from './contracts/user-store.ts'
import { openStores, type Stores } from './open.ts'
import { recycled } from './recycled.testing.ts'
import { emptySchema, LEFT_OUT, testPostgres } from './services.testing.ts'

/** The one contract of each store, on every engine there is, all of them real. */

const inMemory = () => openStores({ dataDir: null })

async function onFile() {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-stores-'))
  const stores = await openStores({ dataDir })
  return {
    ...stores,
    async close() {
      await stores.close()
      rmSync(dataDir, { recursive: true })
    },
  }
}

const postgres = await testPostgres()
const inPostgres =
  postgres &&
  recycled(
    () => postgres.fresh(),
    (databaseUrl) => openStores({ dataDir: null, databaseUrl }),
    emptySchema,
  )

const ALL = [userStoreContract, sessionStoreContract, auditStoreContract, nodeStoreContract, intakeContract]

/** What keeps what. `open` is null where the engine is not installed. */
const ENGINES: { name: string; open: (() => Promise<Stores>) | null; leftOut?: string; keeps: typeof ALL }[] =
  [
    { name: 'SQLite in memory', open: inMemory, keeps: ALL },
    { name: 'SQLite on file', open: onFile, keeps: ALL },
    { name: 'Postgres', open: inPostgres, leftOut: LEFT_OUT.postgres, keeps: ALL },
  ]

for (const { name, open, leftOut, keeps } of ENGINES) {
  if (open) for (const contract of keeps) contract(name, open)
  else describe(`the stores in ${name}`, { skip: leftOut ?? true })
}
