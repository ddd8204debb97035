import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { told } from './judge.testing.ts'
import type { Redis } from './look-at-redis.ts'
import { judgeRedis } from './redis.ts'

const INFO = {
  ...{ redis_version: '7.4.2', redis_mode: 'standalone', role: 'master', maxmemory_policy: 'noeviction' },
  ...{ used_memory: '1000', maxmemory: '0', aof_enabled: '1' },
  ...{ rdb_last_bgsave_status: 'ok', aof_last_write_status: 'ok' },
}
const redis = (
  info: Partial<typeof INFO> = {},
  more: Partial<Extract<Redis, { kind: 'there' }>> = {},
): Redis => ({
  kind: 'there',
  answerMilliseconds: 1,
  info: Object.entries({ ...INFO, ...info })
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join(''),
  ...{ save: '3600 1 300 100', hasEpoch: true, aheadSeconds: 0 },
  ...more,
})
const notOk = (found: Redis) => told(judgeRedis(found)).filter((line) => !line.startsWith('ok'))

describe('the doctor, of Redis', () => {
  it('finds it well', () =>
    assert.deepEqual(told(judgeRedis(redis())), [
      'ok: Redis 7.4.2 answers, in 1 ms.',
      'ok: Redis throws away nothing when its memory is full (noeviction).',
      'ok: Redis writes every change to its disk (appendonly).',
      'ok: Redis has an epoch.',
    ]))

  it('makes nothing of an epoch that is still to come', () =>
    assert.ok(
      told(judgeRedis(redis({}, { hasEpoch: false }))).includes(
        'ok: Redis has no epoch yet: the first start makes one.',
      ),
    ))

  for (const [found, sentence] of [
    [
      { kind: 'silent', why: 'connect ECONNREFUSED' },
      /^problem: Redis does not answer: connect ECONNREFUSED\.$/,
    ],
    [redis({ redis_version: '6.2.1' }), /^problem: The Redis of REDIS_URL is of version 6\.2\.1: 7 or newer/],
    [redis({ maxmemory_policy: 'allkeys-lru' }), /^problem: .*noeviction \(it is allkeys-lru\)\.$/],
    [redis({ role: 'slave' }), /^problem: The Redis of REDIS_URL is a replica/],
    [redis({ aof_last_write_status: 'err' }), /^problem: Redis could not write itself to its disk/],
    [redis({ rdb_last_bgsave_status: 'err' }), /^problem: Redis could not write itself to its disk/],
    [redis({ aof_enabled: '0' }, { save: '' }), /^warning: Redis writes nothing to a disk/],
    [redis({ aof_enabled: '0' }), /^warning: Redis writes itself to its disk now and then/],
    [redis({ aof_enabled: '0' }, { save: null }), /^warning: Redis does not tell/],
    [redis({}, { answerMilliseconds: 150 }), /^warning: Redis 7\.4\.2 answers, and takes 150 ms/],
    [redis({ used_memory: '900', maxmemory: '1000' }), /^warning: Redis uses 90 % of the memory/],
  ] as [Redis, RegExp][])
    it(`finds what is not well: ${sentence.source}`, () => {
      const lines = notOk(found)
      assert.equal(lines.length, 1)
      assert.match(lines[0] ?? '', sentence)
    })

  for (const [used, most] of [
    ['899', '1000'],
    ['900', '0'],
  ] as const)
    it(`finds room in ${most} with ${used} used`, () =>
      assert.deepEqual(notOk(redis({ used_memory: used, maxmemory: most })), []))
})
