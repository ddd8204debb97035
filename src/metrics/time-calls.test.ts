import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { timeCalls } from './time-calls.ts'

interface Store {
  find(id: string): Promise<string | null>
  fail(): Promise<never>
  /** Not every engine has it. */
  wait?(): Promise<void>
  name: string
  double(n: number): number
}

function open(overrides: Partial<Store> = {}) {
  const told: { operation: string; seconds: number; isDone: boolean }[] = []
  const store: Store = {
    find: async (id) => (id === 'known' ? id : null),
    fail: () => Promise.reject(new Error('gone')),
    name: 'a store',
    double: (n) => n * 2,
    ...overrides,
  }
  return {
    told,
    store: timeCalls(store, (operation, seconds, isDone) => told.push({ operation, seconds, isDone })),
  }
}

describe('a timed call', () => {
  it('is told by its name when it is done, with what it was asked and what it answered unchanged', async () => {
    const { told, store } = open()
    assert.equal(await store.find('known'), 'known')
    assert.equal(await store.find('other'), null)
    assert.deepEqual(
      told.map(({ operation, isDone }) => [operation, isDone]),
      [
        ['find', true],
        ['find', true],
      ],
    )
  })

  it('that fails is told as failed, and whoever called gets the error', async () => {
    const { told, store } = open()
    await assert.rejects(store.fail(), /gone/)
    assert.deepEqual(
      told.map(({ operation, isDone }) => [operation, isDone]),
      [['fail', false]],
    )
  })

  it('took as many seconds as it took, and nothing is told before', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const { told, store } = open({ find: () => promise })
    const startedAt = performance.now()
    const found = store.find('x')
    await new Promise(setImmediate)
    assert.equal(told.length, 0)
    resolve('x')
    await found
    const most = (performance.now() - startedAt) / 1000
    assert.ok((told[0]?.seconds ?? 0) > 0 && (told[0]?.seconds ?? 1) <= most)
  })

  it('can be taken out of the store, and keeps it', async () => {
    class Engine {
      readonly #known = 'x'
      async find(): Promise<string> {
        return this.#known
      }
    }
    const told: string[] = []
    const { find } = timeCalls(new Engine(), (operation) => told.push(operation))
    assert.equal(await find(), 'x')
    assert.deepEqual(told, ['find'])
  })
})

describe('what is no call that waits', () => {
  it('is what it was, and not told', () => {
    const { told, store } = open()
    assert.deepEqual([store.name, store.double(2), store.wait], ['a store', 4, undefined])
    assert.deepEqual(told, [])
  })
})
