import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import { describe, it } from 'node:test'
import { levels } from './judge.testing.ts'
import { judgeProxies } from './proxies.ts'

const trusted = new BlockList()
trusted.addAddress('127.0.0.1')

describe('the doctor, of proxies', () => {
  for (const [publicUrl, trustedProxies, level] of [
    ['https://auth.example.org', new BlockList(), 'warning'],
    ['https://auth.example.org', trusted, 'ok'],
    ['http://localhost:8000', new BlockList(), 'ok'],
    ['http://localhost:8000', trusted, 'ok'],
  ] as const)
    it(`${level} at ${publicUrl} with ${trustedProxies.rules.length} trusted ones`, () =>
      assert.deepEqual(levels(judgeProxies({ publicUrl, trustedProxies })), [level]))
})
