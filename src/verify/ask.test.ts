import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'
import { manualClock } from '../lib/clock.ts'
import { createAsk } from './ask.ts'

const clocks = { clock: manualClock(1000), steadyClock: manualClock(5) }

/** Asks a real server once. */
async function ask(answer: RequestListener, question: { mostBytes?: number; timeoutSeconds?: number } = {}) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return createAsk(origin, fetch, clocks)({ path: '/x?y=z', timeoutSeconds: 5, mostBytes: 100, ...question })
}

const whyOf = (answer: Awaited<ReturnType<typeof ask>>) =>
  answer.kind === 'failed' ? answer.why : answer.kind

describe('an answer over the network', () => {
  it('is its text, its ETag, and when it came', async () => {
    const answer = await ask((_, response) => response.setHeader('etag', '"a"').end('text'))
    assert.deepEqual(answer, {
      kind: 'ok',
      text: 'text',
      etag: '"a"',
      retryAfterSeconds: null,
      heardAt: { clock: 1000, steady: 5 },
    })
  })

  it('is not one that a cache in between has kept', async () => {
    const answer = await ask((request, response) => response.end(request.headers['cache-control']))
    assert.equal(answer.kind === 'ok' && answer.text, 'no-cache')
  })

  it('may have as many bytes as were allowed, and not one more', async () => {
    assert.equal((await ask((_, response) => response.end('x'.repeat(100)))).kind, 'ok')
    assert.match(whyOf(await ask((_, response) => response.end('x'.repeat(101)))), /more than 100 bytes/)
  })

  it('without end is cut off, though it never says how long it is', async () => {
    const answer = await ask((_, response) => {
      const more = setInterval(() => response.write('x'.repeat(50)), 1)
      response.on('close', () => clearInterval(more))
    })
    assert.equal(whyOf(answer), '/x answers with more than 100 bytes')
  })

  it('that leads elsewhere is not followed', async () => {
    let followed = 0
    const answer = await ask((request, response) => {
      if (request.url === '/elsewhere') followed++
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    assert.match(whyOf(answer), /does not answer/)
    assert.equal(followed, 0)
  })

  it('that is too slow to begin, or to end, is broken off', async () => {
    for (const begin of [false, true]) {
      const answer = await ask(
        (_, response) => {
          if (begin) response.write('x')
        },
        { timeoutSeconds: 0.1 },
      )
      assert.match(whyOf(answer), /does not answer \(AbortError\)/)
    }
  })

  it('that breaks off is none', async () => {
    const answer = await ask((_, response) => {
      response.writeHead(200, { 'content-length': '50' }).write('x')
      setImmediate(() => response.destroy())
    })
    assert.match(whyOf(answer), /does not answer/)
  })

  it('of nobody names what the system says, and no query', async () => {
    const ask = createAsk('http://127.0.0.1:1', fetch, clocks)
    const answer = await ask({ path: '/x?y=z', timeoutSeconds: 5, mostBytes: 100 })
    assert.match(whyOf(answer), /^\/x does not answer \(\w+\)$/)
  })
})
