import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, describe, test } from 'node:test'
import { hashSecret } from '../lib/hash-secret.ts'
import { doEverything } from './journeys.testing.ts'
import { openAppOnDisk } from './on-disk.testing.ts'
import { openApp } from './requests.testing.ts'

/** T7: what a thief finds who takes the data folder, whatever happened before. */

/** Every spelling in which bytes could hold a secret. */
const spellings = (secret: string): Buffer[] => [
  Buffer.from(secret),
  Buffer.from(secret, 'utf16le'),
  Buffer.from(Buffer.from(secret).toString('hex')),
  Buffer.from(Buffer.from(secret).toString('base64').replace(/=+$/, '')),
  Buffer.from(Buffer.from(secret).toString('base64url')),
  // What is random in a token, as it is written and as the bytes it stands for.
  ...partsOf(secret).flatMap((part) => [Buffer.from(part), Buffer.from(part, 'base64url')]),
]

/** The signature of an access token, the secret and the tag of a refresh token. */
function partsOf(secret: string): string[] {
  const parts = secret.split('.')
  return parts.length === 3 ? (secret.startsWith('ey') ? parts.slice(2) : parts.slice(1)) : []
}

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))

function findIn(folder: string, secrets: Iterable<string>): string[] {
  const files = filesOf(folder).filter((name) => name !== 'secret')
  const bytes = files.map((name): [string, Buffer] => [name, readFileSync(join(folder, name))])
  return [...secrets].flatMap((secret) =>
    bytes
      .filter(([, all]) => spellings(secret).some((text) => all.includes(text)))
      .map(([name]) => `${name}: ${secret}`),
  )
}

describe('T7: the data folder after everything was done', () => {
  test('holds no access token, no refresh token nor a part of one, no password and no setup code', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-'))
    after(() => rmSync(dataDir, { recursive: true }))
    const latchkey = await openApp({ dataDir, keysDir: join(dataDir, 'keys'), secret: null })
    const { passwords, tokens, live } = await doEverything(latchkey)
    assert.ok(passwords.size >= 8 && tokens.size >= 30, `${passwords.size} ${tokens.size}`)

    for (const when of ['running', 'stopped']) {
      if (when === 'stopped') await latchkey.deps.close()
      const files = filesOf(dataDir)
      for (const name of ['latchkey.db', 'secret']) assert.ok(files.includes(name), name)
      assert.equal(files.includes('latchkey.db-wal'), when === 'running')
      assert.deepEqual(findIn(dataDir, [...passwords, ...tokens]), [], when)
      // The search reads what is there: of each live refresh token the hash, and the names of the users.
      for (const there of [...live.map(hashSecret), 'user1', 'refresh.reuse_detected'])
        assert.notDeepEqual(findIn(dataDir, [there]), [], there)
    }
    // Nor does the secret file, which is no part of the database, hold any.
    const secret = readFileSync(join(dataDir, 'secret'))
    for (const one of [...passwords, ...tokens]) assert.ok(!secret.includes(one))
  })

  test('the search itself finds a secret in each of its spellings, whole and in part', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
    after(() => rmSync(folder, { recursive: true }))
    const refresh = `${'0'.repeat(36)}.${'b'.repeat(43)}.${'c'.repeat(43)}`
    const cases = [
      ...spellings('a plain long sentence').map((bytes): [string, Buffer] => [
        'a plain long sentence',
        bytes,
      ]),
      ...spellings(refresh).map((bytes): [string, Buffer] => [refresh, bytes]),
    ]
    assert.equal(cases.length, 14)
    for (const [secret, bytes] of cases) {
      const dataDir = mkdtempSync(join(folder, 'case-'))
      // As in a page of a database: among other bytes.
      const page = Buffer.concat([Buffer.alloc(100, 1), bytes, Buffer.alloc(100, 2)])
      writeFileSync(join(dataDir, 'x'), page)
      assert.equal(findIn(dataDir, [secret]).length, 1)
    }
  })

  test('salts are unique, of 128 bits, and equal passwords have different hashes', async () => {
    const latchkey = await openAppOnDisk()
    await doEverything(latchkey)
    for (let i = 0; i < 5; i++) await latchkey.addUser(`more${i}`)
    const all = (sql: string, column: string) =>
      latchkey.sql
        .prepare(sql)
        .all()
        .map((row) => String(row[column]))
    const hashes = all('select password_hash from users', 'password_hash')
    const salts = [
      ...hashes.map((hash) => hash.split('$')[4] ?? ''),
      ...all('select refresh_salt from sessions where refresh_salt is not null', 'refresh_salt'),
    ]
    assert.ok(hashes.length >= 9 && salts.length > hashes.length + 8, `${salts.length}`)
    for (const salt of salts) assert.ok(Buffer.from(salt, 'base64').length >= 16, salt)
    assert.deepEqual([new Set(hashes).size, new Set(salts).size], [hashes.length, salts.length])
    const kept = all('select refresh_hash from sessions where refresh_hash is not null', 'refresh_hash')
    for (const hash of kept) assert.match(hash, /^[\w-]{43}$/)
    assert.equal(new Set(kept).size, kept.length)
  })
})
