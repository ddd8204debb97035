import assert from 'node:assert/strict'
import { beforeEach, describe, it, type TestContext } from 'node:test'
import { manualClock } from '../lib/clock.ts'
import { createHeartbeat, type Holdings } from './heartbeat.ts'
import type { NodeRecord } from './node.ts'

const START = 1_800_000_000
const BEAT = 30_000
const ABOUT = { version: '1.2.3', publicUrl: 'https://auth.example.test', secretPrint: 'print' }

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('the heartbeat of a node', () => {
  let written: NodeRecord[]
  let deleted: string[]
  let answer: () => Promise<void>
  beforeEach(() => {
    written = []
    deleted = []
    answer = async () => {}
  })

  function heart(t: TestContext) {
    t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
    const clock = manualClock(START)
    const has: Holdings = { kids: ['old', 'new'], signingKid: 'old' }
    const store = {
      put(node: NodeRecord) {
        written.push(node)
        return answer()
      },
      async delete(id: string) {
        deleted.push(id)
        await answer()
      },
    }
    const heartbeat = createHeartbeat({ store, clock, about: ABOUT, holdings: () => ({ ...has }) })
    /** After the next beat. */
    const beat = async () => {
      clock.advance(BEAT / 1000)
      t.mock.timers.tick(BEAT)
      await settle()
    }
    return { heartbeat, clock, has, beat }
  }

  it('tells nothing until it begins', (t) => {
    heart(t)
    t.mock.timers.tick(10 * BEAT)
    assert.deepEqual(written, [])
  })

  it('tells of the node at once and each 30 seconds, with what it has then and the time that it is then', async (t) => {
    const { heartbeat, has, beat } = heart(t)
    heartbeat.begin('web-1:8000')
    await settle()
    const [first] = written
    assert.match(first?.id ?? '', /^[0-9a-f-]{36}$/)
    const { id } = first as NodeRecord
    const always = { id, name: 'web-1:8000', ...ABOUT, startedAt: START }
    assert.deepEqual(written, [{ ...always, kids: ['old', 'new'], signingKid: 'old', seenAt: START }])
    t.mock.timers.tick(BEAT - 1)
    assert.equal(written.length, 1)
    t.mock.timers.tick(1)
    await settle()
    Object.assign(has, { kids: ['new'], signingKid: 'new' })
    await beat()
    assert.deepEqual(written[2], { ...always, kids: ['new'], signingKid: 'new', seenAt: START + 30 })
  })

  it('is of another node after the next start', async (t) => {
    for (const _ of [1, 2]) {
      heart(t).heartbeat.begin('web-1:8000')
      await settle()
      t.mock.timers.reset()
    }
    assert.notEqual(written[0]?.id, written[1]?.id)
  })

  it('goes on when the database does not answer', async (t) => {
    const { heartbeat, beat } = heart(t)
    answer = () => Promise.reject(new Error('the database does not answer'))
    heartbeat.begin('web-1:8000')
    await settle()
    await beat()
    assert.equal(written.length, 2)
  })

  it('does not ask a slow database again before it has answered', async (t) => {
    const { heartbeat, beat } = heart(t)
    const slow = Promise.withResolvers<void>()
    answer = () => slow.promise
    heartbeat.begin('web-1:8000')
    await beat()
    assert.equal(written.length, 1)
    slow.resolve()
    await settle()
    await beat()
    assert.equal(written.length, 2)
  })

  it('takes the node back at its end, after a beat that was under way, and beats no more', async (t) => {
    const { heartbeat, beat } = heart(t)
    const slow = Promise.withResolvers<void>()
    answer = () => slow.promise
    heartbeat.begin('web-1:8000')
    const ended = heartbeat.end()
    await settle()
    assert.deepEqual(deleted, [])
    slow.resolve()
    await ended
    assert.deepEqual(deleted, [written[0]?.id])
    await beat()
    assert.equal(written.length, 1)
  })

  it('ends within two seconds when the database does not answer at all', async (t) => {
    const { heartbeat } = heart(t)
    answer = () => new Promise(() => {})
    heartbeat.begin('web-1:8000')
    const ended = heartbeat.end()
    await settle()
    t.mock.timers.tick(2000)
    await ended
  })

  it('ends without a word when the row cannot be taken back', async (t) => {
    const { heartbeat } = heart(t)
    heartbeat.begin('web-1:8000')
    await settle()
    answer = () => Promise.reject(new Error('the database does not answer'))
    await heartbeat.end()
    assert.equal(deleted.length, 1)
  })

  it('that never began has nothing to take back', async (t) => {
    await heart(t).heartbeat.end()
    assert.deepEqual(deleted, [])
  })
})
