import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { START } from '../testing.ts'
import { hashes, newsOf, openFeed, row, sidsOf, wakes } from './feed.testing.ts'

describe('waiting for news', () => {
  it('ends as soon as a session ends on this node, with that one', async (t) => {
    const { waiting, end } = await openFeed(t)
    const { told } = waiting()
    await wakes()
    assert.deepEqual(told, [])
    end('a')
    await wakes()
    assert.deepEqual(told.map(sidsOf), [hashes('a')])
  })

  it('ends with the poll that finds what another process ended', async (t) => {
    const { waiting, rows, revocations } = await openFeed(t)
    const { told } = waiting()
    await revocations.poll()
    await wakes()
    assert.deepEqual(told, [])
    rows.push(row('a'))
    await revocations.poll()
    await wakes()
    assert.deepEqual(told.map(sidsOf), [hashes('a')])
  })

  it('ends with the epoch', async (t) => {
    const { waiting, store, revocations } = await openFeed(t)
    const { told } = waiting()
    store.epoch = { id: 'second', at: START }
    await revocations.poll()
    await wakes()
    assert.deepEqual(
      told.map((what) => newsOf(what).epoch.id),
      ['second'],
    )
  })

  for (const [seconds, ended] of [
    [24, false],
    [25, true],
    [26, true],
  ] as const)
    it(`of 25 s is ${ended ? 'over' : 'not over'} after ${seconds} s, then with nothing and the same cursor`, async (t) => {
      const { waiting, cursor, tick, revocations, clock } = await openFeed(t, [row('a')])
      const after = cursor()
      const { told } = waiting(after)
      clock.advance(seconds)
      await revocations.poll()
      tick(seconds)
      await wakes()
      assert.deepEqual(
        told.map((what) => [what.kind, newsOf(what).cursor]),
        ended ? [['nothing', after]] : [],
      )
    })

  it('is not offered to who does not ask for it, nor when there is news', async (t) => {
    const { ask, cursor, end } = await openFeed(t)
    const after = cursor()
    assert.equal(ask(after, 0).kind, 'nothing')
    end('a')
    assert.equal(ask(after, 25).kind, 'news')
  })

  it('is woken once by ten thousand that end at the same time, and told all of them', async (t) => {
    const { waiting, end, revocations } = await openFeed(t)
    const all = Array.from({ length: 100 }, (_, n) => waiting(undefined, 25, `${n}`))
    // Knows of one that this node has not read, so it goes on waiting.
    const ahead = waiting(`first.${START + 30}.1-1`, 25, 'ahead')
    let looks = 0
    const { latest } = revocations.log
    t.mock.method(revocations.log, 'latest', (until?: number) => {
      looks++
      return latest.call(revocations.log, until)
    })
    for (let n = 0; n < 10_000; n++) end(`${n}`)
    await wakes()
    assert.ok(looks > 0 && looks < 10, `${looks}`)
    assert.deepEqual(ahead.told, [])
    for (const { told } of all)
      assert.deepEqual(
        told.map((what) => newsOf(what).revoked.length),
        [10_000],
      )
    // They share it.
    assert.equal(new Set(all.map(({ told: [what] }) => newsOf(what ?? assert.fail()))).size, 1)
  })

  it('ends for a hundred at a time, so that a page need not wait for all of them', async (t) => {
    const { waiting, end } = await openFeed(t)
    const all = Array.from({ length: 250 }, (_, n) => waiting(undefined, 25, `${n}`))
    end('a')
    for (const expected of [100, 200, 250, 250]) {
      await new Promise(setImmediate)
      assert.equal(all.filter(({ told }) => told.length === 1).length, expected)
    }
  })

  it('of somebody who knows more than this node ends when it has read what is new', async (t) => {
    const one = await openFeed(t, [row('a', 30)])
    t.mock.timers.reset()
    const other = await openFeed(t, [row('a', 30)])
    // Each ends one, and has not heard of the other's.
    one.end('mine', 1)
    other.end('theirs')
    const { told } = one.waiting(other.cursor())
    one.rows.push(row('theirs'))
    await one.revocations.poll()
    await wakes()
    assert.deepEqual(told.map(sidsOf), [hashes('a', 'mine', 'theirs')])
  })

  it('is stale for all who wait when the log is, at the next try to read it', async (t) => {
    const { waiting, store, clock, revocations } = await openFeed(t)
    const { told } = waiting()
    store.isDown = true
    for (const [seconds, expected] of [
      [4, []],
      [1, [{ kind: 'stale' }]],
    ] as const) {
      clock.advance(seconds)
      await assert.rejects(revocations.poll())
      await wakes()
      assert.deepEqual(told, expected)
    }
  })

  it('is stale at its end when nobody even tried', async (t) => {
    const { waiting, clock, tick } = await openFeed(t)
    const { told } = waiting()
    clock.advance(25)
    tick(25)
    await wakes()
    assert.deepEqual(told, [{ kind: 'stale' }])
  })
})

describe('places to wait in', () => {
  for (const [asked, waits] of [
    [19, true],
    [20, true],
    [21, false],
  ] as const)
    it(`are there for the ${asked}th of one address: ${waits}`, async (t) => {
      const { waiting, ask, cursor } = await openFeed(t)
      for (let n = 1; n < asked; n++) waiting()
      const last = ask(cursor(), 25)
      assert.equal(last.kind, waits ? 'waiting' : 'cut-short')
      if (!waits) assert.deepEqual(newsOf(last), newsOf(ask(cursor())))
      // Another address is not touched by that.
      waiting(undefined, 25, 'b')
    })

  for (const [asked, waits] of [
    [999, true],
    [1000, true],
    [1001, false],
  ] as const)
    it(`are there for the ${asked}th of all: ${waits}`, async (t) => {
      const { waiting, ask, cursor } = await openFeed(t)
      for (let n = 1; n < asked; n++) waiting(undefined, 25, `${n}`)
      assert.equal(ask(cursor(), 25, 'last').kind, waits ? 'waiting' : 'cut-short')
    })

  const full = async (t: TestContext) => {
    const opened = await openFeed(t)
    const waiters = Array.from({ length: 20 }, () => opened.waiting())
    const isFull = () => opened.ask(opened.cursor(), 25).kind === 'cut-short'
    assert.ok(isFull())
    return { ...opened, waiters, isFull }
  }

  it('are free again as soon as somebody is not interested any more, once', async (t) => {
    const { waiters, isFull, waiting } = await full(t)
    waiters[0]?.forget()
    waiters[0]?.forget()
    waiting()
    assert.ok(isFull())
  })

  it('are free again when the time is over, and when there were news', async (t) => {
    const { tick, isFull, waiting, end } = await full(t)
    tick(25)
    for (let n = 0; n < 20; n++) waiting()
    assert.ok(isFull())
    end('a')
    await wakes()
    for (let n = 0; n < 20; n++) waiting()
    assert.ok(isFull())
  })

  it('of who was told do not count twice when they hang up afterwards', async (t) => {
    const { waiters, isFull, waiting, end } = await full(t)
    end('a')
    await wakes()
    for (let n = 0; n < 20; n++) waiting()
    for (const { forget } of waiters) forget()
    assert.ok(isFull())
  })
})

describe('a drained feed', () => {
  it('tells all who wait at once that there is nothing, and lets nobody wait', async (t) => {
    const { waiting, feed, ask, cursor } = await openFeed(t, [row('a')])
    const after = cursor()
    const all = [waiting(), waiting(undefined, 1, 'b')]
    feed.drain()
    await wakes()
    for (const { told } of all) assert.deepEqual(told, [{ kind: 'cut-short', news: newsOf(ask(after)) }])
    assert.equal(ask(after, 25).kind, 'cut-short')
    assert.equal(ask(after, 0).kind, 'nothing')
  })

  it('still tells what is new', async (t) => {
    const { feed, ask, cursor, end } = await openFeed(t)
    const after = cursor()
    feed.drain()
    end('a')
    assert.deepEqual(sidsOf(ask(after, 25)), hashes('a'))
  })
})
