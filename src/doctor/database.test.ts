import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SeenNode } from '../nodes/node.ts'
import { judgeDatabase, judgeSpeed } from './database.ts'
import { told } from './judge.testing.ts'
import type { Database, Engine } from './look-at-database.ts'

const SQLITE: Engine = { name: 'SQLite', isWal: true, fileSystem: 0xef53 }
const POSTGRES: Engine = { name: 'Postgres', version: '17.2', mostConnections: 100, isReadOnly: false }
const NODE: SeenNode = {
  ...{
    id: 'id',
    name: 'a',
    version: '1',
    publicUrl: 'url',
    secretPrint: 'print',
    kids: [],
    signingKid: null,
  },
  ...{ startedAt: 1, seenAt: 1, seenAgoSeconds: 0, aheadSeconds: 0 },
}

const there = (overrides: Partial<Extract<Database, { kind: 'there' }>> = {}): Database => ({
  ...{ kind: 'there', engine: SQLITE, answerMilliseconds: 1, migrations: { missing: [], unknown: [] } },
  ...{ aheadSeconds: 0, nodes: [] },
  ...overrides,
})
const notOk = (database: Database) => told(judgeDatabase(database)).filter((line) => !line.startsWith('ok'))

describe('the doctor, of the database', () => {
  it('finds SQLite and Postgres well', () => {
    assert.deepEqual(told(judgeDatabase(there())), [
      'ok: The SQLite database answers, in 1 ms.',
      'ok: The tables are those of this version.',
    ])
    assert.deepEqual(told(judgeDatabase(there({ engine: POSTGRES }))), [
      'ok: Postgres 17.2 answers, in 1 ms.',
      'ok: The tables are those of this version.',
    ])
  })

  for (const [database, expected] of [
    [
      { kind: 'absent', path: '/data/latchkey.db' },
      ['warning: There is no database at /data/latchkey.db yet.'],
    ],
    [
      { kind: 'silent', why: 'connect ECONNREFUSED' },
      ['problem: The database does not answer: connect ECONNREFUSED.'],
    ],
    [
      { kind: 'empty', engine: POSTGRES },
      ['warning: Postgres 17.2 answers, and has no tables of Latchkey yet.'],
    ],
    [
      there({ migrations: { missing: ['004_x', '005_y'], unknown: [] } }),
      ['warning: The tables are of an older version of Latchkey: 004_x, 005_y is to come.'],
    ],
    [
      there({ migrations: { missing: [], unknown: ['999_newer'] } }),
      [
        'problem: The tables are of a newer version of Latchkey (999_newer), and this one does not start with them.',
      ],
    ],
    [
      there({ engine: { ...SQLITE, isWal: false } }),
      ['warning: The SQLite database is not in WAL mode, so readers and writers wait for each other.'],
    ],
    [
      there({ engine: { ...SQLITE, fileSystem: 0x6969 } }),
      ['problem: The SQLite database is on a network file system (NFS), where it can be damaged.'],
    ],
    [
      there({ engine: { ...POSTGRES, isReadOnly: true } }),
      ['problem: Postgres takes no changes, so nobody can sign in or out.'],
    ],
    [
      { kind: 'empty', engine: { ...SQLITE, fileSystem: 0x6969 } },
      [
        'warning: The SQLite database answers, and has no tables of Latchkey yet.',
        'problem: The SQLite database is on a network file system (NFS), where it can be damaged.',
      ],
    ],
  ] as [Database, string[]][])
    it(`says: ${expected[0]}`, () => assert.deepEqual(notOk(database), expected))

  for (const [nodes, mostConnections, isEnough] of [
    [2, 22, false],
    [2, 23, true],
    [2, 24, true],
    [0, 3, true],
  ] as const)
    it(`finds ${mostConnections} connections ${isEnough ? 'enough' : 'too few'} for ${nodes} nodes`, () => {
      const database = there({
        engine: { ...POSTGRES, mostConnections },
        // One that is gone needs none.
        nodes: [...Array.from({ length: nodes }, () => NODE), { ...NODE, seenAgoSeconds: 121 }],
      })
      assert.deepEqual(
        notOk(database),
        isEnough ? [] : [`warning: Postgres takes 22 connections, and 2 nodes may need 23.`],
      )
    })
})

describe('the doctor, of how fast a store answers', () => {
  for (const [milliseconds, expected] of [
    [0.2, 'ok: Redis answers, in 1 ms.'],
    [99.4, 'ok: Redis answers, in 99 ms.'],
    [100, 'ok: Redis answers, in 100 ms.'],
    [101, 'warning: Redis answers, and takes 101 ms to do so.'],
  ] as const)
    it(`says of ${milliseconds} ms: ${expected}`, () =>
      assert.deepEqual(told([judgeSpeed('Redis', milliseconds)]), [expected]))
})
