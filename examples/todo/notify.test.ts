import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ACCOUNT, type Scene, startMessagesApi } from './messages-api.testing.ts'
import { createNotifier } from './notify.ts'
import { createSendSms, type SendSms, type Sent } from './vonage.ts'

const NEWS = { todoId: 'an-id', username: 'user1' }
const ACCEPTED: Sent = { kind: 'accepted', messageUuid: null }
const TROUBLE: Sent = { kind: 'trouble', why: '500' }

/** A notifier whose pauses take no time, or as long as the test says. */
function open(send: SendSms, pause: (ms: number, signal: AbortSignal) => Promise<unknown> = async () => {}) {
  const pauses: number[] = []
  const lines: Record<string, unknown>[] = []
  const { promise: told, resolve } = Promise.withResolvers<void>()
  const notifier = createNotifier({
    send,
    log(line) {
      lines.push(line)
      resolve()
    },
    pause(ms, signal) {
      pauses.push(ms)
      return pause(ms, signal)
    },
  })
  return { notifier, pauses, lines, told }
}

const endless = () => new Promise<never>(() => {})

describe('telling of a new to-do', () => {
  const cases: [Scene[], object, number[]][] = [
    [['accepted'], { event: 'sms.sent', tries: 1 }, []],
    [['throttled', 'accepted'], { event: 'sms.sent', tries: 2 }, [500]],
    [['broken', 'hangUp', 'accepted'], { event: 'sms.sent', tries: 3 }, [500, 2000]],
    [['hang', 'accepted'], { event: 'sms.sent', tries: 2 }, [500]],
    [
      ['broken', 'throttled', 'broken'],
      { event: 'sms.failed', tries: 3, why: '500 internal-error' },
      [500, 2000],
    ],
    [['badCredentials'], { event: 'sms.failed', tries: 1, why: '401 unauthorized' }, []],
    [['badNumber'], { event: 'sms.failed', tries: 1, why: '422 1120' }, []],
    [['throttled', 'lowBalance'], { event: 'sms.failed', tries: 2, why: '402 low-balance' }, [500]],
  ]
  for (const [scenes, line, expected] of cases)
    it(`${scenes.join(', ')}: one line in the log, without number and secret`, async () => {
      const { account, asked } = await startMessagesApi(...scenes)
      const timeoutMilliseconds = scenes.includes('hang') ? 200 : 10_000
      const { notifier, pauses, lines, told } = open(createSendSms(account, { timeoutMilliseconds }))
      notifier.notify(NEWS)
      await told
      assert.deepEqual([asked(), pauses], [scenes.length, expected])
      assert.equal(lines.length, 1)
      assert.partialDeepStrictEqual(lines[0], { ...line, todoId: 'an-id' })
      const said = JSON.stringify(lines)
      for (const hidden of [...Object.values(ACCOUNT), '7700900']) assert.ok(!said.includes(hidden), hidden)
    })

  it('returns before anything was sent', async () => {
    let sends = 0
    const { notifier } = open(() => {
      sends++
      return endless()
    })
    assert.equal(notifier.notify(NEWS), undefined)
    assert.equal(sends, 1)
  })

  it('survives a sender that throws, and says no more of it than its name', async () => {
    const { notifier, lines } = open(() => Promise.reject(new TypeError('of 447700900000')))
    notifier.notify(NEWS)
    await notifier.close()
    assert.deepEqual(lines, [{ event: 'sms.failed', todoId: 'an-id', why: 'TypeError' }])
  })

  it('has 20 under way at most, and says what it leaves out', () => {
    const { notifier, lines } = open(endless)
    for (let i = 0; i < 22; i++) notifier.notify(NEWS)
    const dropped = { event: 'sms.dropped', todoId: 'an-id' }
    assert.deepEqual(lines, [dropped, dropped])
  })
})

describe('stopping', () => {
  it('waits for what is being sent', async () => {
    const { promise, resolve } = Promise.withResolvers<Sent>()
    const { notifier, lines } = open(() => promise)
    notifier.notify(NEWS)
    let isClosed = false
    const closing = notifier.close().then(() => {
      isClosed = true
    })
    await new Promise(setImmediate)
    assert.equal(isClosed, false)
    resolve(ACCEPTED)
    await closing
    assert.equal(lines[0]?.event, 'sms.sent')
  })

  it('ends a pause, and tries nothing again', async () => {
    let sends = 0
    const { promise: isPausing, resolve } = Promise.withResolvers<void>()
    const { notifier, lines } = open(
      async () => {
        sends++
        return TROUBLE
      },
      (_, signal) => {
        resolve()
        return new Promise((_, reject) => signal.addEventListener('abort', reject))
      },
    )
    notifier.notify(NEWS)
    await isPausing
    await notifier.close()
    assert.equal(sends, 1)
    assert.equal(lines[0]?.event, 'sms.failed')
  })

  it('starts nothing new', async () => {
    const { notifier, lines } = open(() => assert.fail('sent'))
    await notifier.close()
    notifier.notify(NEWS)
    assert.equal(lines[0]?.event, 'sms.dropped')
  })
})
