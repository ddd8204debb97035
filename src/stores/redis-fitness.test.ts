import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { whyNotFit } from './redis-fitness.ts'

const info = (version: string, mode = 'standalone', policy = 'noeviction', role = 'master') =>
  `# Server\r\nredis_version:${version}\r\nredis_mode:${mode}\r\n\r\n# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:${policy}\r\n# Replication\r\nrole:${role}\r\n`

describe('the Redis that sessions are kept in', () => {
  for (const [said, expected] of [
    [info('7.0.0'), null],
    [info('7.4.2'), null],
    [info('8.2.1'), null],
    [info('10.0.0'), null],
    [info('6.2.14'), /version 6\.2\.14: 7 or newer/],
    [info('7.0.15', 'cluster'), /is a cluster/],
    [info('7.0.15', 'sentinel'), null],
    [info('7.0.15', 'standalone', 'allkeys-lru'), /noeviction \(it is allkeys-lru\)$/],
    [info('7.0.15', 'standalone', 'volatile-lfu'), /noeviction \(it is volatile-lfu\)$/],
    [info('7.0.15', 'standalone', 'noeviction', 'slave'), /is a replica, which takes no writes/],
    ['', /version unknown/],
  ] as const)
    it(`${expected ? 'is refused' : 'is taken'} when it says ${JSON.stringify(said.match(/(?<=redis_version:|mode:|policy:|role:)\S+/g)?.join(' '))}`, () => {
      const why = whyNotFit(said)
      if (expected) assert.match(why ?? '', expected)
      else assert.equal(why, null)
    })
})
