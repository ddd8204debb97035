import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hashSecret } from '../lib/hash-secret.ts'
import { OrderedLog } from './ordered-log.ts'

const logOf = (...times: number[]) => {
  const log = new OrderedLog()
  for (const revokedAt of times) log.add({ sid: `${revokedAt}`, reason: 'signed-out', revokedAt })
  return log
}
const timesSince = (log: OrderedLog, at: number) => log.since(at).map(({ revokedAt }) => revokedAt)

describe('the log by time', () => {
  it('tells the hash of an id, never the id', () => {
    const [entry] = logOf(7).since(0)
    const first64Bits = Buffer.from(hashSecret('7'), 'base64url').readBigUInt64BE()
    assert.deepEqual(entry, { sid: hashSecret('7'), revokedAt: 7, mark: first64Bits })
  })

  it('is in the order of time, whatever order its entries came in', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 30 }), fc.nat(22), (times, at) => {
        const log = logOf(...times)
        const sorted = times.toSorted((a, b) => a - b)
        assert.deepEqual(
          timesSince(log, at),
          sorted.filter((time) => time >= at),
        )
        assert.equal(log.latest(at), sorted.findLast((time) => time <= at) ?? 0)
        assert.equal(log.latest(), sorted.at(-1) ?? 0)
        log.forgetBefore(at)
        assert.deepEqual(
          timesSince(log, 0),
          sorted.filter((time) => time >= at),
        )
      }),
    )
  })

  it('has another version with each entry, and the same one when it forgets', () => {
    const log = logOf(1, 2)
    const { version } = log
    log.forgetBefore(2)
    assert.equal(log.version, version)
    log.add({ sid: 'x', reason: 'signed-out', revokedAt: 1 })
    assert.notEqual(log.version, version)
  })

  it('takes ten thousand that end in the same second without a stop that a person would notice', () => {
    const log = new OrderedLog()
    const before = process.cpuUsage()
    for (let n = 0; n < 10_000; n++) log.add({ sid: `${n}`, reason: 'disabled', revokedAt: 5 })
    const ms = process.cpuUsage(before).user / 1000
    assert.ok(log.since(5).length === 10_000 && ms < 500, `${ms} ms`)
  })
})
