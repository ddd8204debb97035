import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RedisAddress, readRedisUrl } from './redis-url.ts'

const PLAIN: RedisAddress = {
  ...{ host: 'redis.example.org', port: 6379, tls: false, database: 0 },
  ...{ username: undefined, password: undefined },
}

describe('the URL of a Redis', () => {
  for (const [text, expected] of [
    ['redis://redis.example.org', PLAIN],
    ['redis://redis.example.org/', PLAIN],
    ['rediss://redis.example.org:6380', { ...PLAIN, tls: true, port: 6380 }],
    ['redis://redis.example.org/3', { ...PLAIN, database: 3 }],
    ['redis://:secret@redis.example.org', { ...PLAIN, password: 'secret' }],
    ['redis://me:a%2Fb%40%C3%BC@redis.example.org', { ...PLAIN, username: 'me', password: 'a/b@ü' }],
    ['redis://[::1]:7000', { ...PLAIN, host: '::1', port: 7000 }],
    ['redis://127.0.0.1', { ...PLAIN, host: '127.0.0.1' }],
  ] as const)
    it(`says where it is: ${text}`, () => assert.deepEqual(readRedisUrl(text), expected))

  for (const text of [
    ...[
      '',
      'redis',
      'localhost:6379',
      'redis://',
      'redis:///0',
      'http://redis.example.org',
      'unix:///tmp/redis',
    ],
    ...['redis://redis.example.org/x', 'redis://redis.example.org/1/2', 'redis://redis.example.org/-1'],
    ...['redis://redis.example.org?db=1', 'redis://redis.example.org#1', 'redis://redis.example.org:x'],
    'redis://:%zz@redis.example.org',
  ])
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(readRedisUrl(text), null))
})
