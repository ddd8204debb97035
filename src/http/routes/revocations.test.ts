import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { hashSecret } from '../../lib/hash-secret.ts'
import { parseNetworks } from '../../lib/networks.ts'
import { START } from '../../testing.ts'
import { problemOf, refusalOf } from '../answers.testing.ts'
import { openAppOnDisk } from '../on-disk.testing.ts'
import { CLIENTS, FROM_TEST, type Latchkey, openApp } from '../requests.testing.ts'
import { headerOf, serve, statusOf } from '../sockets.testing.ts'

const PATH = '/v1/revocations'

interface Body {
  epoch: { id: string; at: number }
  cursor: string
  revoked: { sid: string; until: number }[]
}

const pathOf = (after: string, wait?: number | string) =>
  `${PATH}?after=${encodeURIComponent(after)}${wait === undefined ? '' : `&wait=${wait}`}`

async function read({ ask }: Latchkey, path = PATH): Promise<Body> {
  const { status, body } = await ask(path)
  assert.equal(status, 200, body)
  return JSON.parse(body)
}
const cursorOf = async (latchkey: Latchkey) => (await read(latchkey)).cursor
const sidsOf = ({ revoked }: Body) => revoked.map(({ sid }) => sid)
const end = ({ deps }: Latchkey, sid: string) => deps.endings.one(sid, 'signed-out', FROM_TEST)

/** Until all who ask have got as far as they get by themselves. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
}

describe('GET /v1/revocations', () => {
  test('tells anybody who was signed out: the hash of the session, and when its last token has expired', async () => {
    const latchkey = await openApp()
    const { cookie, sid } = await latchkey.begin()
    const other = await latchkey.begin()
    assert.deepEqual((await read(latchkey)).revoked, [])
    await latchkey.ask('/logout', { method: 'POST', cookie })
    const { epoch, cursor, ...rest } = await read(latchkey)
    assert.deepEqual(rest, { revoked: [{ sid: hashSecret(sid), until: START + 900 }] })
    assert.deepEqual(epoch, { id: latchkey.deps.revocations.epoch()?.id, at: START })
    assert.match(cursor, /^[\w.-]{1,120}$/)
    const { body } = await latchkey.ask(PATH)
    assert.ok(!body.includes(sid) && !body.includes(other.sid) && !body.includes('signed-out'))
  })

  test('answers everybody the same, whatever cookie or token they send, and looks at none', async () => {
    const latchkey = await openApp()
    const { cookie, token } = await latchkey.begin()
    const { body } = await latchkey.ask(PATH)
    for (const as of CLIENTS)
      for (const asked of [
        {},
        { cookie },
        { cookie: '__Host-token=x' },
        { bearer: token },
        { bearer: 'x' },
      ]) {
        const answer = await latchkey.ask(PATH, { as, ...asked })
        assert.deepEqual([answer.status, answer.body, answer.setCookies], [200, body, []])
        assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8')
        assert.equal(answer.headers.get('retry-after'), null)
      }
  })

  test('is for machines: under any name of this machine, and readable by the pages of CORS_ORIGINS alone', async () => {
    const local = await openApp({ publicUrl: 'http://localhost:8000' })
    const answer = await local.ask('http://127.0.0.1:8000/v1/revocations', {
      headers: { host: '127.0.0.1:8000' },
    })
    assert.equal(answer.status, 200)
    const open = await openApp({ corsOrigins: ['https://app.example.test'] })
    for (const [origin, allowed] of [
      ['https://app.example.test', 'https://app.example.test'],
      ['https://evil.test', null],
    ] as const) {
      const { headers } = await open.ask(PATH, { headers: { origin } })
      assert.equal(headers.get('access-control-allow-origin'), allowed)
    }
  })

  for (const wait of ['0', '1', '25'])
    test(`takes wait=${wait}`, async () =>
      assert.equal((await (await openApp()).ask(`${PATH}?wait=${wait}`)).status, 200))

  for (const wait of ['26', '99', '100', '-1', '1.5', '1e1', '', '%20', 'x', '0x1', '1&wait=1', '%D9%A1'])
    test(`refuses wait=${wait}, and says what it may be`, async () => {
      const answer = await (await openApp()).ask(`${PATH}?wait=${wait}`)
      assert.deepEqual(refusalOf(answer), [400, 'bad_wait'])
      assert.match(String(problemOf(answer).detail), /whole seconds, from 0 to 25/)
    })

  test('tells who has the cursor of the last answer nothing again, and who has none of ours all', async () => {
    const latchkey = await openApp()
    const { sid } = await latchkey.begin()
    await end(latchkey, sid)
    const after = await cursorOf(latchkey)
    const { revoked, cursor } = await read(latchkey, pathOf(after))
    assert.deepEqual([revoked, cursor], [[], after])
    for (const bad of [
      '',
      'x',
      `${after}x`,
      '\0',
      '%',
      "' or 1=1",
      'x'.repeat(8000),
      `${after.split('.')[0]}.9999999999.1-1`,
    ])
      assert.deepEqual(sidsOf(await read(latchkey, pathOf(bad, 25))), [hashSecret(sid)], bad)
    // An entry older than the longest token life is of no use to anybody.
    latchkey.clock.advance(901)
    await latchkey.deps.revocations.poll()
    assert.deepEqual((await read(latchkey)).revoked, [])
    assert.deepEqual((await read(latchkey, pathOf(after))).revoked, [])
  })

  test('is 503 when the log was not heard of for 5 s', async () => {
    const latchkey = await openAppOnDisk()
    latchkey.takeAway()
    latchkey.clock.advance(4)
    assert.equal((await latchkey.ask(PATH)).status, 200)
    latchkey.clock.advance(1)
    const answer = await latchkey.ask(PATH)
    assert.deepEqual([...refusalOf(answer), answer.headers.get('retry-after')], [503, 'store_down', '5'])
  })
})

describe('waiting at /v1/revocations', () => {
  test('ends with the sign-out of anybody', async () => {
    const latchkey = await openApp()
    const { cookie, sid } = await latchkey.begin()
    const after = await cursorOf(latchkey)
    let isAnswered = false
    const answer = read(latchkey, pathOf(after, 25)).finally(() => {
      isAnswered = true
    })
    await settled()
    assert.equal(isAnswered, false)
    await latchkey.ask('/logout', { method: 'POST', cookie })
    const { revoked, cursor } = await answer
    assert.deepEqual(revoked, [{ sid: hashSecret(sid), until: START + 900 }])
    assert.equal(cursor, await cursorOf(latchkey))
  })

  test('ends for all with the same bytes, made once', async (t) => {
    const latchkey = await openApp()
    const { sid } = await latchkey.begin()
    const path = pathOf(await cursorOf(latchkey), 25)
    const answers = Array.from({ length: 20 }, () => latchkey.app.request(path))
    await settled()
    const { mock } = t.mock.method(TextEncoder.prototype, 'encode')
    await end(latchkey, sid)
    const bodies = await Promise.all((await Promise.all(answers)).map((answer) => answer.text()))
    assert.equal(new Set(bodies).size, 1)
    const made = mock.calls.filter(({ arguments: [text] }) => text?.includes(hashSecret(sid)))
    assert.equal(made.length, 1)
  })

  test('ends after the time that was asked for, with nothing and the same cursor', async (t) => {
    const latchkey = await openApp()
    const after = await cursorOf(latchkey)
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const answer = latchkey.ask(pathOf(after, 7))
    await settled()
    t.mock.timers.tick(7000)
    const { status, body, headers } = await answer
    assert.deepEqual([status, JSON.parse(body).cursor, JSON.parse(body).revoked], [200, after, []])
    assert.equal(headers.get('retry-after'), null)
  })

  test('ends with 503 when the store is gone', async () => {
    const latchkey = await openAppOnDisk()
    const answer = latchkey.ask(pathOf(await cursorOf(latchkey), 25))
    await settled()
    latchkey.takeAway()
    latchkey.clock.advance(6)
    await assert.rejects(latchkey.deps.revocations.poll())
    assert.deepEqual(refusalOf(await answer), [503, 'store_down'])
  })

  /** Who asks from these addresses, and whether they wait; the rest is told to come again. */
  async function waitsFrom(t: TestContext, addresses: string[], trusted: string[] = []) {
    const latchkey = await openApp({ trustedProxies: parseNetworks(trusted) ?? assert.fail() })
    const path = pathOf(await cursorOf(latchkey), 25)
    const answers = addresses.map((address) => {
      const [peer = '', forwarded] = address.split(' for ')
      const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
      const incoming = { socket: { remoteAddress: peer } }
      return latchkey.app.request(path, { headers }, { incoming })
    })
    t.after(() => Promise.all(answers))
    const waiting = Symbol('waiting')
    await settled()
    const results = await Promise.all(answers.map((answer) => Promise.race([answer, waiting])))
    latchkey.deps.revocationFeed.drain()
    const come = results.filter((result) => result !== waiting) as Response[]
    for (const { status, headers } of come)
      assert.deepEqual(
        [status, headers.get('retry-after'), headers.get('cache-control')],
        [200, '1', 'no-store'],
      )
    return addresses.length - come.length
  }
  const times = (count: number, address: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => address(n))

  for (const [why, addresses, waits] of [
    ['20 of one IPv4 address', times(19, () => '192.0.2.1'), 19],
    ['20 of one IPv4 address', times(21, () => '192.0.2.1'), 20],
    ['however that is written', times(30, (n) => (n % 2 ? '192.0.2.1' : '::ffff:192.0.2.1')), 20],
    ['20 of one IPv6 network', times(30, (n) => `2001:db8:1:2:${n}::1`), 20],
    ['20 of each IPv6 network', times(30, (n) => `2001:db8:1:${n % 2}::${n}`), 30],
    ['20 of each address', times(42, (n) => `192.0.2.${n % 2}`), 40],
    ['1000 in all', times(999, (n) => `10.0.0.${n % 200}`), 999],
    ['1000 in all', times(1000, (n) => `10.0.0.${n % 200}`), 1000],
    ['1000 in all', times(1001, (n) => `10.0.0.${n % 200}`), 1000],
    ['and not those that somebody makes up', times(30, (n) => `192.0.2.1 for 10.0.0.${n}`), 20],
  ] as const)
    test(`is for ${why}: ${waits} of ${addresses.length}; the others are answered, and asked to come again`, async (t) =>
      assert.equal(await waitsFrom(t, [...addresses]), waits))

  test('is for 20 of each address that a trusted proxy names', async (t) => {
    const addresses = times(30, (n) => `10.0.0.1 for 192.0.2.${n}`)
    assert.equal(await waitsFrom(t, addresses, ['10.0.0.1']), 30)
  })
})

describe('who hangs up while waiting at /v1/revocations', () => {
  test('is forgotten at once: another one of that address can wait', async () => {
    const latchkey = await serve()
    const { revocationFeed } = latchkey.deps
    const answer = await latchkey.ask('GET', PATH)
    const { cursor } = JSON.parse(answer.slice(answer.indexOf('{')))
    const isFull = () => {
      const asked = revocationFeed.ask({ after: cursor, waitSeconds: 25, by: '127.0.0.1' })
      if (asked.kind === 'waiting') asked.forget()
      return asked.kind === 'cut-short'
    }
    const waiting = Array.from({ length: 20 }, () => {
      const socket = connect(latchkey.server.port, '127.0.0.1')
      socket.write(`GET ${pathOf(cursor, 25)} HTTP/1.1\r\nHost: a\r\n\r\n`)
      return socket
    })
    await until(isFull)
    const refused = await latchkey.ask('GET', pathOf(cursor, 25))
    assert.deepEqual([statusOf(refused), headerOf(refused, 'retry-after')], [200, '1'])
    waiting[0]?.destroy()
    await until(() => !isFull())
    for (const socket of waiting) socket.destroy()
    // All of them: there is room for twenty again.
    const places = () =>
      Array.from({ length: 20 }, () =>
        revocationFeed.ask({ after: cursor, waitSeconds: 25, by: '127.0.0.1' }),
      )
    await until(() => {
      const asked = places()
      for (const one of asked) if (one.kind === 'waiting') one.forget()
      return asked.every(({ kind }) => kind === 'waiting')
    })
  })
})

const nodeOf = async (dataDir: string) => openApp({ dataDir })

describe('two nodes on one database', () => {
  async function open(t: TestContext) {
    const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-'))
    t.after(() => rmSync(dataDir, { recursive: true }))
    const nodes = [await nodeOf(dataDir), await nodeOf(dataDir)] as const
    const poll = () => Promise.all(nodes.map(({ deps }) => deps.revocations.poll()))
    return { dataDir, nodes, poll }
  }

  test('give the same epoch and the same cursor once both have read the log, and either goes on from it', async (t) => {
    const { nodes, poll } = await open(t)
    const [one, other] = nodes
    const [a, b] = [await one.begin(), await one.begin()]
    await end(one, a.sid)
    await end(other, b.sid)
    await poll()
    const [first, second] = [await read(one), await read(other)]
    assert.deepEqual(
      { ...first, revoked: sidsOf(first).sort() },
      { ...second, revoked: sidsOf(second).sort() },
    )
    for (const node of nodes) assert.deepEqual((await read(node, pathOf(first.cursor))).revoked, [])
  })

  test('make who has the cursor of the one wait at the other, until it has read so far, and then on', async (t) => {
    const { nodes, poll } = await open(t)
    const [one, other] = nodes
    const { sid } = await one.begin()
    await end(one, sid)
    const after = await cursorOf(one)
    let isAnswered = false
    const answer = read(other, pathOf(after, 25)).finally(() => {
      isAnswered = true
    })
    await poll()
    await settled()
    assert.equal(isAnswered, false)
    const next = await one.begin()
    await end(one, next.sid)
    await poll()
    assert.ok(sidsOf(await answer).includes(hashSecret(next.sid)))
  })

  test('agree on what was ended by an operator beside them, and on one that was never there', async (t) => {
    const { nodes, poll } = await open(t)
    const [one, other] = nodes
    const { sid } = await one.begin()
    await one.deps.sessionStore.end(sid, 'ended-by-operator', START)
    // Only this node hears of it, and no log will ever have it.
    await end(other, crypto.randomUUID())
    await poll()
    assert.deepEqual(await read(one), await read(other))
    assert.deepEqual(sidsOf(await read(one)), [hashSecret(sid)])
  })

  test('give the same cursor after a restart, and nothing that was told already is told again', async (t) => {
    const { dataDir, nodes, poll } = await open(t)
    const [one] = nodes
    const sids = [await one.begin(), await one.begin()].map(({ sid }) => sid)
    for (const sid of sids) {
      await end(one, sid)
      one.clock.advance(1)
    }
    const before = await read(one)
    const again = await nodeOf(dataDir)
    again.clock.advance(2)
    await poll()
    await again.deps.revocations.poll()
    assert.deepEqual(await read(again), before)
    assert.deepEqual((await read(again, pathOf(before.cursor))).revoked, [])
  })
})

/** Until something that needs the machine a moment is so. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; !isSo(); turn++) {
    assert.ok(turn < 100_000, 'it never came to that')
    await new Promise(setImmediate)
  }
}
