import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { freePort } from '../free-port.testing.ts'
import { systemClock } from '../lib/clock.ts'
import { readRedisUrl } from '../lib/redis-url.ts'
import { openRedisLink } from '../stores/redis-link.ts'
import { LEFT_OUT, testRedis } from '../stores/services.testing.ts'
import { lookAtRedis } from './look-at-redis.ts'

const redis = await testRedis()

describe('a look at Redis', { skip: redis ? false : LEFT_OUT.redis }, () => {
  const freshUrl = () => redis?.fresh() ?? assert.fail()

  it('tells what it says of itself and what time it has, and leaves nothing in it', async (t) => {
    const url = await freshUrl()
    const found = await lookAtRedis(url, systemClock)
    assert.ok(found.kind === 'there')
    assert.match(found.info, /^redis_version:\d/m)
    assert.equal(typeof found.save, 'string')
    assert.ok(Math.abs(found.aheadSeconds) <= 3)
    assert.equal(found.hasEpoch, false)
    const link = await openRedisLink(readRedisUrl(url) ?? assert.fail())
    t.after(() => link.close())
    assert.equal(await link.send(['DBSIZE']), 0)
    await link.send(['SET', 'latchkey:epoch', 'id 1'])
    const again = await lookAtRedis(url, { now: () => systemClock.now() - 100 })
    assert.ok(again.kind === 'there')
    assert.ok(again.hasEpoch && Math.abs(again.aheadSeconds + 100) <= 3)
  })

  it('that does not let us in says so without the password', async () => {
    const url = new URL(await freshUrl())
    url.username = 'nobody'
    url.password = 'not-the-password'
    const found = await lookAtRedis(url.href, systemClock)
    assert.ok(found.kind === 'silent')
    assert.doesNotMatch(JSON.stringify(found), /not-the-password/)
  })

  it('that nobody listens for does not answer', async () => {
    const found = await lookAtRedis(`redis://127.0.0.1:${await freePort()}`, systemClock)
    assert.ok(found.kind === 'silent')
    assert.match(found.why, /ECONNREFUSED/)
  })

  it('whose URL cannot be read is not looked for', async () => {
    assert.deepEqual(await lookAtRedis('http://redis', systemClock), {
      kind: 'silent',
      why: 'REDIS_URL is not the URL of a Redis',
    })
  })
})
