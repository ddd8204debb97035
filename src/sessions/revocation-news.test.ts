import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { manualClock } from '../lib/clock.ts'
import { hashSecret } from '../lib/hash-secret.ts'
import { START } from '../testing.ts'
import { hashes, LONGEST_SECONDS, newsOf, openFeed, openNode, row, sidsOf } from './feed.testing.ts'
import type { Revocation } from './session-store.ts'

describe('the feed of revocations', () => {
  it('tells who asks first all that ended within the longest token life, by its hash, with the end of its last token', async (t) => {
    const { ask } = await openFeed(t, [row('older', 901), row('oldest', 900), row('b', 60), row('a')])
    const { epoch, cursor, revoked } = newsOf(ask())
    assert.deepEqual(epoch, { id: 'first', at: START - 5000 })
    assert.match(cursor, /^first\./)
    assert.deepEqual(revoked, [
      { sid: hashSecret('oldest'), until: START },
      { sid: hashSecret('b'), until: START + 840 },
      { sid: hashSecret('a'), until: START + 900 },
    ])
  })

  it('tells nothing to who knows all, and the same cursor', async (t) => {
    const { ask, cursor } = await openFeed(t, [row('a')])
    const after = cursor()
    const told = ask(after)
    assert.equal(told.kind, 'nothing')
    assert.deepEqual(newsOf(told), { ...newsOf(ask()), cursor: after, revoked: [] })
  })

  it('tells what came since, and not all that was told before', async (t) => {
    const { ask, cursor, end } = await openFeed(t, [row('old', 600), row('a', 9)])
    const after = cursor()
    end('b')
    assert.deepEqual(sidsOf(ask(after)), hashes('a', 'b'))
    assert.equal(ask(newsOf(ask(after)).cursor).kind, 'nothing')
  })

  it('tells what was written late, after what was revoked a minute later was told', async (t) => {
    const { ask, cursor, rows, revocations } = await openFeed(t, [row('a')])
    const after = cursor()
    rows.push(row('late', 60))
    await revocations.poll()
    assert.deepEqual(sidsOf(ask(after)), hashes('late', 'a'))
  })

  it('tells all to who followed another epoch', async (t) => {
    const { ask, cursor, store, revocations } = await openFeed(t, [row('old', 600), row('a')])
    const after = cursor()
    store.epoch = { id: 'second', at: START }
    await revocations.poll()
    const { epoch, revoked } = newsOf(ask(after))
    assert.deepEqual([epoch, revoked.length], [{ id: 'second', at: START }, 2])
  })

  it('tells all, at once, to who has no cursor or one that was made up', async (t) => {
    const { ask } = await openFeed(t, [row('a', 600)])
    for (const after of [undefined, '', 'x', 'first.1.1', `first.${START + 999}.1-1`, '"><script>'])
      assert.deepEqual(sidsOf(ask(after, 25)), hashes('a'), `${after}`)
  })

  it('says stale once the log was not heard of for 5 s, and never before it was read', async (t) => {
    const { ask, clock } = await openFeed(t)
    clock.advance(4)
    assert.equal(ask().kind, 'news')
    clock.advance(1)
    for (const wait of [0, 25]) assert.deepEqual(ask(undefined, wait), { kind: 'stale' })
  })

  it('makes an answer once for all who are told the same, anew when it is another, and keeps few of them', async (t) => {
    const { ask, end, clock } = await openFeed(t, [row('a', 600), row('b', 300)])
    const at = (age: number) => `first.${START - age}.1-1`
    assert.equal(newsOf(ask()), newsOf(ask()))
    assert.equal(newsOf(ask(at(360))), newsOf(ask(at(355))))
    assert.notEqual(newsOf(ask(at(360))), newsOf(ask()))
    const before = newsOf(ask())
    end('c')
    assert.notEqual(newsOf(ask()), before)
    const inThisSecond = newsOf(ask())
    clock.advance(1)
    assert.notEqual(newsOf(ask()), inThisSecond)
  })

  it('leaves nobody who goes on asking without any of the sessions that ended', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('end' as const), late: fc.integer({ min: 0, max: 60 }) }),
      fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ do: fc.constant('ask' as const) }),
    )
    return fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const clock = manualClock(START)
        const rows: Revocation[] = []
        const nodes = [openNode(rows, clock), openNode(rows, clock)]
        const known = new Set<string>()
        let after: string | undefined
        let turn = 0
        const ask = async () => {
          // The other one each time, as behind a load balancer.
          const { revocations, ask: askNode } = nodes[turn++ % 2] ?? assert.fail()
          await revocations.poll()
          const news = newsOf(askNode(after))
          for (const { sid } of news.revoked) known.add(sid)
          after = news.cursor
        }
        for (const what of steps) {
          if (what.do === 'end') rows.push(row(`${rows.length}`, START - clock.now() + what.late))
          else if (what.do === 'ask') await ask()
          else {
            // A node reads the log all the time.
            for (let left = what.seconds; left > 0; left--) {
              clock.advance(1)
              if (left % 5 === 0) for (const { revocations } of nodes) await revocations.poll()
            }
          }
        }
        await ask()
        await ask()
        const matter = rows.filter(({ revokedAt }) => revokedAt >= clock.now() - LONGEST_SECONDS)
        for (const { sid } of matter) assert.ok(known.has(hashSecret(sid)), sid)
      }),
      { numRuns: 200 },
    )
  })
})
