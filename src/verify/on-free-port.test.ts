import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { it } from 'node:test'
import { manualClock } from '../lib/clock.ts'
import { START, testConfig } from '../testing.ts'
import { startOnFreePort } from './on-free-port.testing.ts'

it('a server whose port was taken meanwhile listens on another one, and after a few it gives up', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await once(other, 'listening')
  const { port: taken } = other.address() as { port: number }
  const tried: number[] = []
  const configFor = (isTaken: boolean) => (free: number) => {
    const port = isTaken || tried.length === 0 ? taken : free
    tried.push(port)
    return testConfig({ publicUrl: `http://127.0.0.1:${port}`, port })
  }
  const { deps, server, issuer } = await startOnFreePort(configFor(false), manualClock(START))
  t.after(async () => {
    await server.stop()
    await deps.close()
  })
  assert.deepEqual(tried, [taken, server.port])
  assert.equal(issuer, `http://127.0.0.1:${server.port}`)
  await assert.rejects(startOnFreePort(configFor(true), manualClock(START)), { code: 'EADDRINUSE' })
})
