import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import type { User } from '../accounts/user.ts'
import type { AuditEntry } from '../audit/event.ts'
import { newId } from '../lib/ids.ts'
import { openStores, type Stores } from '../stores/open.ts'
import { testUser } from '../vectors/records.testing.ts'
import { exportLines } from './export.ts'
import { importLines } from './import.ts'
import { ImportRefused } from './import-refused.ts'
import { endLine, eventLine, headerLine, userLine } from './records.ts'

const HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
const user = (overrides: Partial<User> = {}) => testUser({ passwordHash: HASH, ...overrides })
const [ada, bob] = [user({ username: 'Ada', revision: 3, createdAt: 5 }), user({ username: 'bob' })]
const entry = (overrides: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{ at: 1_800_000_000, event: 'session.ended', userId: ada.id, sid: newId(), address: null, reason: null },
  ...overrides,
})

const file = (users: User[], entries: AuditEntry[] = []) => [
  headerLine(),
  ...users.map(userLine),
  ...entries.map(eventLine),
  endLine(users.length, entries.length),
]

async function opened(t: TestContext, ...users: User[]): Promise<Stores> {
  const stores = await openStores({ dataDir: null })
  t.after(stores.close)
  for (const one of users) await stores.users.insert(one)
  return stores
}

const take = (stores: Stores, lines: string[], merge = false) =>
  importLines(Readable.from([Buffer.from(lines.map((line) => `${line}\n`).join(''))]), stores.takeIn, {
    merge,
  })

async function exported(stores: Stores): Promise<string[]> {
  const pieces = await Array.fromAsync(exportLines(stores))
  return pieces.join('').split('\n').slice(0, -1)
}

async function assertRefused(stores: Stores, lines: string[], message: RegExp | string, merge = false) {
  const before = await exported(stores)
  await assert.rejects(take(stores, lines, merge), (error) => {
    assert.ok(error instanceof ImportRefused)
    if (typeof message === 'string') assert.equal(error.message, message)
    else assert.match(error.message, message)
    assert.ok(!error.message.includes('argon2'))
    return true
  })
  assert.deepEqual(await exported(stores), before, 'nothing is kept')
}

describe('what was exported', () => {
  it('is taken in as it was, and exports the same again', async (t) => {
    const entries = Array.from({ length: 1201 }, (_, n) => entry({ at: 1_800_000_000 - n }))
    const lines = file([ada, bob], entries)
    const stores = await opened(t)
    assert.deepEqual(await take(stores, lines), {
      users: { added: 2, there: 0 },
      events: { added: 1201, there: 0 },
    })
    assert.deepEqual(await stores.users.find(ada.id), ada)
    assert.deepEqual(await exported(stores), lines)
  })

  it('of an empty database is its first line and its last', async (t) => {
    const stores = await opened(t)
    assert.deepEqual(await exported(stores), [headerLine(), endLine(0, 0)])
    assert.equal((await take(stores, await exported(stores))).users.added, 0)
  })

  it('is read a page at a time: nothing is asked for before what came is written', async (t) => {
    const stores = await opened(t, ada)
    await stores.audit.insert(Array.from({ length: 2500 }, () => entry()))
    let asked = 0
    const audit = {
      async *pages() {
        for await (const page of stores.audit.pages()) {
          asked++
          yield page
        }
      },
    }
    const pieces = exportLines({ users: stores.users, audit })
    await pieces.next()
    assert.equal(asked, 0)
    await pieces.next()
    assert.equal(asked, 1)
    await pieces.return({ users: 0, events: 0 })
    assert.equal(asked, 1)
  })

  it('is not taken into a database that has users', async (t) => {
    await assertRefused(await opened(t, bob), file([ada]), /^There are users in this database.*--merge/)
  })

  for (const [what, lines, message] of [
    ['is empty', [], 'There is nothing on standard input.'],
    [
      'has no first line',
      file([ada]).slice(1),
      'Line 1 is not the first line of what latchkey export writes. Nothing was kept.',
    ],
    [
      'is newer',
      ['{"format":"latchkey-export","version":2}'],
      /^The file is of a newer version of Latchkey\./,
    ],
    ['has a bad line', file([ada, user({ passwordHash: 'secret' })]), /^Line 3 has no password_hash,/],
    ['has a bad last user', file([ada, bob, user({ username: '' })]), /^Line 4 has no username,/],
    [
      'has a bad event',
      file([ada], [entry(), entry({ at: -1 })]),
      'Line 4 has no at, or not one of its form. Nothing was kept.',
    ],
    [
      'has an id twice',
      file([ada, user({ id: ada.id, username: 'eve' })]),
      /^Line 3 has the id of a user before it/,
    ],
    [
      'has a name twice',
      file([ada, user({ username: 'ADA' })]),
      'The username ADA (line 3) is taken by another user.\nNothing was kept.',
    ],
    [
      'was cut',
      file([ada], [entry()]).slice(0, -1),
      'The last line is missing: the file was cut. Nothing was kept.',
    ],
    ['lost a user', file([ada, bob]).toSpliced(1, 1), /^Line 3 says that there are more lines, or fewer/],
    [
      'lost an event',
      file([ada], [entry(), entry()]).toSpliced(2, 1),
      /^Line 4 says that there are more lines/,
    ],
    [
      'has a user among the events',
      [...file([], [entry()]).slice(0, 2), userLine(ada)],
      /^Line 3 is a user after/,
    ],
    ['goes on after its end', [...file([ada]), userLine(bob)], /^Line 4 comes after the last one/],
    ['has an empty line', file([ada]).toSpliced(1, 0, ''), /^Line 2 is not JSON/],
  ] as const)
    it(`is refused as a whole when it ${what}`, async (t) =>
      assertRefused(await opened(t), [...lines], message))
})

describe('with --merge', () => {
  it('users who are there as in the file are left alone, and the others added', async (t) => {
    const stores = await opened(t, ada)
    const [told, other] = [entry(), entry({ reason: 'expired' })]
    await stores.audit.insert([told])
    const done = await take(stores, file([ada, bob], [told, other]), true)
    assert.deepEqual(done, { users: { added: 1, there: 1 }, events: { added: 1, there: 1 } })
    assert.deepEqual(await exported(stores), file([ada, bob], [told, other]))
  })

  it('the same file a second time changes nothing', async (t) => {
    const stores = await opened(t)
    const lines = file([ada, bob], [entry(), entry()])
    for (const there of [0, 2]) assert.equal((await take(stores, lines, true)).users.there, there)
    assert.deepEqual(await exported(stores), lines)
  })

  it('it takes an empty database too', async (t) => {
    assert.equal((await take(await opened(t), file([ada]), true)).users.added, 1)
  })

  for (const [field, difference] of Object.entries({
    username: { username: 'Ada2' },
    email: { email: 'ada@example.org' },
    role: { role: 'admin' },
    status: { status: 'disabled' },
    passwordHash: { passwordHash: HASH.replace('t=2', 't=3') },
    revision: { revision: 4 },
    createdAt: { createdAt: 6 },
  } satisfies Record<string, Partial<User>>))
    it(`a user who is there with another ${field} is named, and nothing is kept`, async (t) => {
      const stores = await opened(t, ada)
      const lines = file([user({ ...ada, ...difference }), bob])
      await assertRefused(
        stores,
        lines,
        /^Ada2? \(line 2\) is there, but not as in the file\.\nNothing/,
        true,
      )
    })

  it('every user in the way is named', async (t) => {
    const stores = await opened(t, ada, bob)
    const lines = file([
      user({ ...ada, role: 'admin' }),
      user({ username: 'BOB' }),
      user({ username: 'eve' }),
    ])
    await assertRefused(
      stores,
      lines,
      'Ada (line 2) is there, but not as in the file.\nThe username BOB (line 3) is taken by another user.\nNothing was kept.',
      true,
    )
  })
})
