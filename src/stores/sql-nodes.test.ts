import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { sql } from 'kysely'
import type { NodeRecord } from '../nodes/node.ts'
import { migrate } from './migrations.ts'
import { createSqlNodes } from './sql-nodes.ts'
import { SQLITE_WORDS } from './sql-words.ts'
import { openSqlite } from './sqlite.ts'

const NOW = 1_800_000_000
const NODE: NodeRecord = {
  ...{ id: 'id', name: 'web-1:8000', version: '1', publicUrl: 'url', secretPrint: 'print' },
  ...{ kids: ['kid'], signingKid: 'kid', startedAt: NOW, seenAt: NOW },
}

describe('the nodes in a database whose clock the test moves', () => {
  async function opened(t: TestContext) {
    const db = openSqlite(':memory:')
    t.after(() => db.destroy())
    await migrate(db, SQLITE_WORDS)
    return (after: number) => createSqlNodes(db, { now: sql<number>`${sql.lit(NOW + after)}` })
  }

  it('say how long ago they wrote, and how far ahead their clock was then', async (t) => {
    const at = await opened(t)
    await at(0).put({ ...NODE, seenAt: NOW - 7 })
    const [first] = await at(40).list()
    assert.deepEqual([first?.seenAgoSeconds, first?.aheadSeconds], [40, -7])
    await at(60).put({ ...NODE, seenAt: NOW + 62 })
    const [again] = await at(70).list()
    assert.deepEqual([again?.seenAgoSeconds, again?.aheadSeconds], [10, 2])
  })

  for (const [after, isKept] of [
    [3599, true],
    [3600, true],
    [3601, false],
  ] as const)
    it(`are ${isKept ? 'kept' : 'purged'} after ${after} s of an hour`, async (t) => {
      const at = await opened(t)
      await at(0).put(NODE)
      await at(after).purge(3600)
      assert.equal((await at(after).list()).length, isKept ? 1 : 0)
    })
})
