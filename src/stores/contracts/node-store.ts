import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { systemClock } from '../../lib/clock.ts'
import { newId } from '../../lib/ids.ts'
import type { NodeRecord, NodeStore } from '../../nodes/node.ts'

export interface OpenedNodes {
  nodes: NodeStore
  close(): Promise<void>
}

// The database and the test run on one machine, and a second may end between the two looks at its clock.
const SLACK_SECONDS = 2

const node = (overrides: Partial<NodeRecord> = {}): NodeRecord => ({
  id: newId(),
  name: 'web-1:8000',
  version: '1.2.3',
  publicUrl: 'https://auth.example.test',
  secretPrint: 'print',
  kids: [newId(), newId()],
  signingKid: newId(),
  startedAt: 1_800_000_000,
  seenAt: systemClock.now(),
  ...overrides,
})
const about = (seconds: number | undefined, expected: number) =>
  assert.ok(Math.abs((seconds ?? Number.NaN) - expected) <= SLACK_SECONDS, `${seconds} is not ${expected}`)

/** What every engine that nodes tell of themselves in must do. `open` gives an empty one. */
export function nodeStoreContract(name: string, open: () => Promise<OpenedNodes>): void {
  async function holding(t: TestContext, ...given: NodeRecord[]): Promise<NodeStore> {
    const { nodes, close } = await open()
    t.after(close)
    for (const one of given) await nodes.put(one)
    return nodes
  }

  describe(`the nodes in ${name}`, () => {
    it('are none at first', async (t) => {
      assert.deepEqual(await (await holding(t)).list(), [])
    })

    it('are given back as they were put, by their names, also one without a key', async (t) => {
      const [b, a] = [node({ name: 'b' }), node({ name: 'a', kids: [], signingKid: null })]
      const listed = await (await holding(t, b, a)).list()
      assert.deepEqual(
        listed.map(({ seenAgoSeconds: _, aheadSeconds: __, ...record }) => record),
        [a, b],
      )
    })

    it('replace what they wrote before, and nothing of others', async (t) => {
      const [one, other] = [node({ name: 'a' }), node({ name: 'b' })]
      const nodes = await holding(t, one, other)
      await nodes.put({ ...one, kids: ['new'], signingKid: 'new', seenAt: one.seenAt + 30 })
      const listed = await nodes.list()
      assert.deepEqual(
        listed.map(({ kids, signingKid }) => [kids, signingKid]),
        [
          [['new'], 'new'],
          [other.kids, other.signingKid],
        ],
      )
    })

    for (const ahead of [-3600, 0, 3600])
      it(`show a clock that is ${ahead} s ahead, and are seen now by the database's own`, async (t) => {
        const one = node({ seenAt: systemClock.now() + ahead })
        const nodes = await holding(t, one)
        for (const _ of [1, 2]) {
          const [seen] = await nodes.list()
          about(seen?.aheadSeconds, ahead)
          about(seen?.seenAgoSeconds, 0)
          await nodes.put(one)
        }
      })

    it('are deleted one by one, and may be gone already', async (t) => {
      const [one, other] = [node(), node()]
      const nodes = await holding(t, one, other)
      for (const _ of [1, 2]) await nodes.delete(one.id)
      assert.deepEqual(
        (await nodes.list()).map(({ id }) => id),
        [other.id],
      )
    })

    it('are purged when they were not seen for too long, whatever their own clock says', async (t) => {
      const nodes = await holding(t, node({ seenAt: 0 }))
      await nodes.purge(3600)
      assert.equal((await nodes.list()).length, 1)
      // What was written now has not been seen for no second at most.
      await nodes.purge(-1)
      assert.deepEqual(await nodes.list(), [])
    })
  })
}
