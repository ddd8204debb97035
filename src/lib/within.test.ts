import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { within } from './within.ts'

describe('a promise that must be kept in time', () => {
  it('is what it comes to', async () => {
    assert.equal(await within(Promise.resolve(7), 1000), 7)
    await assert.rejects(within(Promise.reject(new Error('gone')), 1000), /gone/)
  })

  for (const [milliseconds, isLate] of [
    [999, false],
    [1000, true],
  ] as const)
    it(`is ${isLate ? '' : 'not '}late after ${milliseconds} of 1000 ms`, async (t) => {
      t.mock.timers.enable({ apis: ['setTimeout'] })
      const { promise, resolve } = Promise.withResolvers<string>()
      const waiting = within(promise, 1000)
      const isAsItShould = isLate
        ? assert.rejects(waiting, { name: 'TimeoutError' })
        : waiting.then((value) => assert.equal(value, 'kept'))
      t.mock.timers.tick(milliseconds)
      await turn()
      resolve('kept')
      await isAsItShould
    })

  it('is not late when it was kept while we were busy ourselves, and had not read so', async (t) => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const [[there], here] = await Promise.all([
      once(server, 'connection'),
      connect((server.address() as AddressInfo).port, '127.0.0.1'),
    ])
    t.after(() => {
      here.destroy()
      server.close()
    })
    const waiting = within(once(here.setEncoding('utf8'), 'data'), 50)
    there.end('kept')
    const begun = performance.now()
    while (performance.now() - begun < 200);
    assert.deepEqual(await waiting, ['kept'])
  })
})
