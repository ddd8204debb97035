import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after } from 'node:test'
import type { Config } from '../config.ts'
import { openApp } from './requests.testing.ts'

const TABLES = ['users', 'sessions', 'epoch', 'setup_code', 'audit']

/**
 * For tests only: a Latchkey whose database can be looked into beside it, and be taken away under it and given back: no
 * table is where it was.
 */
export async function openAppOnDisk(overrides: Partial<Config> = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-'))
  const latchkey = await openApp({ dataDir, ...overrides })
  const sql = new DatabaseSync(join(dataDir, 'latchkey.db'), { timeout: 5000 })
  after(() => {
    sql.close()
    rmSync(dataDir, { recursive: true })
  })
  const rename = (from: string, to: string) => {
    for (const table of TABLES) sql.exec(`alter table ${from}${table} rename to ${to}${table}`)
  }
  return { ...latchkey, sql, takeAway: () => rename('', 'gone_'), giveBack: () => rename('gone_', '') }
}
