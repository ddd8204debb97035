import assert from 'node:assert/strict'
import { beforeEach, describe, it, type TestContext } from 'node:test'
import { manualClock } from '../lib/clock.ts'
import { openStores } from '../stores/open.ts'
import { START } from '../testing.ts'
import type { Mark, SessionStore } from './session-store.ts'
import { createWitness } from './witness.ts'

const DAY = 86_400

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('the witness of the session store', () => {
  let clock: ReturnType<typeof manualClock>
  /** The mark outside the stores. */
  let kept: Mark | null
  let putBacks: number
  let troubles: unknown[]
  beforeEach(() => {
    clock = manualClock(START)
    kept = null
    putBacks = 0
    troubles = []
  })

  async function openStore(t: TestContext): Promise<SessionStore> {
    const { sessions, close } = await openStores({ dataDir: null })
    t.after(close)
    await sessions.epoch(START - 5000)
    return sessions
  }

  const witnessOf = (store: SessionStore) =>
    createWitness({
      store,
      clock,
      keeper: {
        read: async () => kept,
        async write(mark) {
          kept = mark
        },
      },
      onPutBack: () => putBacks++,
      onTrouble: (error) => troubles.push(error),
    })

  /** A node from its start to its clean stop. */
  async function run(store: SessionStore): Promise<void> {
    const witness = witnessOf(store)
    await witness.begin()
    await witness.end()
  }

  it('leaves its first mark at the start, one each minute, and the last at the end', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
    const witness = witnessOf(await openStore(t))
    await witness.begin()
    const marks = [kept]
    const passed = async (milliseconds: number) => {
      clock.advance(milliseconds / 1000)
      t.mock.timers.tick(milliseconds)
      await settle()
      marks.push(kept)
    }
    await passed(59_999)
    await passed(1)
    await witness.end()
    marks.push(kept)
    assert.equal(marks[0], marks[1])
    assert.equal(new Set(marks.map((mark) => mark?.id)).size, 3)
    assert.equal(kept?.at, clock.now())
    await passed(120_000)
    assert.equal(kept, marks[3])
    assert.equal(putBacks, 0)
  })

  it('lets a store be that has every mark, however long nobody ran', async (t) => {
    const store = await openStore(t)
    const before = await store.epoch(START)
    for (const pause of [0, 60, 40 * DAY]) {
      clock.advance(pause)
      await run(store)
    }
    assert.deepEqual(await store.epoch(START), before)
    assert.equal(putBacks, 0)
  })

  it('begins another epoch when the store lacks its last mark', async (t) => {
    const [store, older] = [await openStore(t), await openStore(t)]
    await run(store)
    const before = await older.epoch(START)
    await run(older)
    const { id, at } = await older.epoch(START)
    assert.notEqual(id, before.id)
    assert.equal(at, START + 2)
    assert.equal(putBacks, 1)
    await run(older)
    assert.equal(putBacks, 1)
  })

  it('does so also when somebody without a witness has left marks in it since', async (t) => {
    const [store, older] = [await openStore(t), await openStore(t)]
    assert.ok(await older.mark({ id: 'long ago', at: START - 60 }, null))
    await run(store)
    assert.ok(await older.mark({ id: 'of another node', at: START + 30 }, null))
    await run(older)
    assert.equal(putBacks, 1)
  })

  it('lets a store be in whose epoch nobody is known who was signed in at the last mark', async (t) => {
    const [store, other] = [await openStore(t), await openStore(t)]
    await run(store)
    const { id } = await other.epoch(START)
    const epoch = await other.renewEpoch(id, START)
    await run(other)
    assert.deepEqual(await other.epoch(START), epoch)
    assert.equal(putBacks, 0)
  })

  it('begins another epoch when the store lost the last mark while it runs', async (t) => {
    let store = await openStore(t)
    const older = await openStore(t)
    const current = new Proxy({} as SessionStore, { get: (_, name: keyof SessionStore) => store[name] })
    const witness = witnessOf(current)
    await witness.begin()
    store = older
    clock.advance(60)
    await witness.leaveMark()
    assert.equal(putBacks, 1)
    assert.equal((await older.epoch(START)).at, START + 62)
    clock.advance(60)
    await witness.leaveMark()
    await witness.end()
    assert.equal(putBacks, 1)
  })

  it('is in no trouble of its own when the store does not answer, and leaves a mark when it does', async (t) => {
    const store = await openStore(t)
    const { mark } = store
    const witness = witnessOf(store)
    Object.assign(store, { mark: () => Promise.reject(new Error('gone')) })
    await witness.begin()
    assert.equal(kept, null)
    Object.assign(store, { mark })
    await witness.leaveMark()
    assert.notEqual(kept, null)
    await witness.end()
    assert.deepEqual(troubles, [])
  })

  it('tells once that its mark cannot be kept, and does without', async (t) => {
    const store = await openStore(t)
    const fail = () => Promise.reject(new Error('read-only'))
    const witness = createWitness({
      ...{ store, clock, keeper: { read: fail, write: fail } },
      onPutBack: () => putBacks++,
      onTrouble: (error) => troubles.push(error),
    })
    await witness.begin()
    await witness.leaveMark()
    await witness.end()
    assert.equal(troubles.length, 1)
    assert.equal(putBacks, 0)
  })

  it('ends within two seconds when the store does not answer at all', async (t) => {
    const store = await openStore(t)
    const witness = witnessOf(store)
    await witness.begin()
    t.mock.timers.enable({ apis: ['setTimeout'] })
    Object.assign(store, { mark: () => new Promise(() => {}) })
    const ended = witness.end()
    t.mock.timers.tick(2000)
    await ended
  })
})
