import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Watched } from './metrics.ts'
import { createRegistry } from './registry.ts'
import { readSamples, samplesOf } from './samples.testing.ts'

const VERSION = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version

const watched = (overrides: Partial<Watched> = {}): Watched => ({
  liveSessions: async () => 12,
  revocationLogAge: () => 2,
  revocationWaiters: () => 3,
  passwords: { running: 2, waiting: 9 },
  ...overrides,
})

describe('the metrics', () => {
  it('are text that Prometheus reads, of its own type', async () => {
    const { text, textType } = createRegistry()
    assert.equal(textType, 'text/plain; version=0.0.4; charset=utf-8')
    assert.ok(readSamples(await text()).size > 50)
  })

  it('are called by its conventions: ours by our name, a counter _total, a time _seconds', async () => {
    const metrics = createRegistry()
    metrics.watch(watched())
    const types = [...(await metrics.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(
      ([, name = '', type]) => ({
        name,
        type,
      }),
    )
    const ours = types.filter(({ name }) => name.startsWith('latchkey_'))
    assert.equal(ours.length, 14)
    for (const { name, type } of ours) {
      assert.equal(name.endsWith('_total'), type === 'counter', name)
      if (type === 'histogram') assert.match(name, /_seconds$/)
    }
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      assert.ok(
        types.some((known) => known.name === name),
        name,
      )
  })

  it('are all in docs/metrics.md, which knows of no other', async () => {
    const docs = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
    const metrics = createRegistry()
    metrics.watch(watched())
    const text = await metrics.text()
    const names = [...text.matchAll(/^# TYPE (latchkey_\S+)/gm)].map(([, name]) => name)
    assert.deepEqual(
      [...docs.matchAll(/^\| `(latchkey_\w+)`/gm)].map(([, name]) => name).sort(),
      names.sort(),
    )
    // Those of the rules too, where a histogram goes by its buckets.
    for (const [name] of docs.matchAll(/latchkey_\w+/g))
      assert.ok(names.includes(name.replace(/_bucket$/, '')), name)
  })

  it('tell the version', async () => {
    const build = samplesOf(await createRegistry().text(), 'latchkey_build_info')
    assert.deepEqual(build, { [`{version="${VERSION}"}`]: 1 })
  })

  it('have every outcome from the start, at 0, so that the first one is a rise', async () => {
    const samples = readSamples(await createRegistry().text())
    for (const [name, words] of Object.entries({
      'latchkey_sign_ins_total{outcome=': ['succeeded', 'refused', 'busy'],
      'latchkey_refreshes_total{outcome=': [
        'renewed',
        'too-early',
        'expired',
        'over',
        'by-refresh-token',
        'other-carrier',
      ],
      'latchkey_rotations_total{outcome=': ['rotated', 'invalid', 'over', 'reuse'],
      'latchkey_sessions_ended_total{reason=': [
        ...['signed-out', 'ended-elsewhere', 'ended-by-operator', 'replaced', 'reuse'],
        ...['password-changed', 'role-changed', 'disabled', 'deleted'],
      ],
    })) {
      const there = [...samples].filter(([sample]) => sample.startsWith(name))
      assert.deepEqual(
        there.map(([sample]) => sample.slice(name.length)).sort(),
        words.map((w) => `"${w}"}`).sort(),
      )
      for (const [sample, value] of there) assert.equal(value, 0, sample)
    }
  })

  it('count what they are told, each under its own name', async () => {
    const metrics = createRegistry()
    metrics.signIn('refused')
    metrics.signIn('refused')
    metrics.refresh('too-early')
    metrics.rotation('reuse')
    metrics.sessionEnded('replaced')
    const text = await metrics.text()
    assert.deepEqual(samplesOf(text, 'latchkey_sign_ins_total'), { '{outcome="refused"}': 2 })
    assert.deepEqual(samplesOf(text, 'latchkey_refreshes_total'), { '{outcome="too-early"}': 1 })
    assert.deepEqual(samplesOf(text, 'latchkey_rotations_total'), { '{outcome="reuse"}': 1 })
    assert.deepEqual(samplesOf(text, 'latchkey_sessions_ended_total'), { '{reason="replaced"}': 1 })
  })

  it('time requests by route, and count them by status too', async () => {
    const metrics = createRegistry()
    metrics.request('GET', '/welcome', 200, 0.002)
    metrics.request('GET', '/welcome', 401, 0.004)
    const text = await metrics.text()
    assert.deepEqual(samplesOf(text, 'latchkey_http_requests_total'), {
      '{method="GET",route="/welcome",status="200"}': 1,
      '{method="GET",route="/welcome",status="401"}': 1,
    })
    const of = '{method="GET",route="/welcome"}'
    assert.deepEqual(samplesOf(text, 'latchkey_http_request_duration_seconds_sum'), { [of]: 0.006 })
    assert.deepEqual(samplesOf(text, 'latchkey_http_request_duration_seconds_count'), { [of]: 2 })
  })

  it('time every call of a store, and count those that failed', async () => {
    const metrics = createRegistry()
    metrics.storeCall('sessions', 'find', 0.001, true)
    metrics.storeCall('sessions', 'find', 0.003, false)
    const text = await metrics.text()
    const of = '{store="sessions",operation="find"}'
    assert.deepEqual(samplesOf(text, 'latchkey_store_call_duration_seconds_sum'), { [of]: 0.004 })
    assert.deepEqual(samplesOf(text, 'latchkey_store_errors_total'), { [of]: 1 })
  })

  it('count calls of a store whose time tells nothing, from the first on, and do not time them', async () => {
    const metrics = createRegistry()
    metrics.storeCall('sessions', 'awaitRevocations', null, true)
    const errors = 'latchkey_store_errors_total{store="sessions",operation="awaitRevocations"}'
    assert.equal(readSamples(await metrics.text()).get(errors), 0)
    metrics.storeCall('sessions', 'awaitRevocations', null, false)
    const text = await metrics.text()
    assert.equal(readSamples(text).get(errors), 1)
    assert.deepEqual(samplesOf(text, 'latchkey_store_call_duration_seconds_count'), {})
  })

  it('tell how late a revocation was heard of, in buckets of whole seconds', async () => {
    const metrics = createRegistry()
    for (const seconds of [0, 1, 2, 61]) metrics.revocationHeard(seconds)
    const buckets = samplesOf(await metrics.text(), 'latchkey_revocation_lag_seconds_bucket')
    assert.deepEqual(
      [buckets['{le="1"}'], buckets['{le="2"}'], buckets['{le="60"}'], buckets['{le="+Inf"}']],
      [2, 3, 3, 4],
    )
  })
})

describe('what is looked at', () => {
  it('is asked each time', async () => {
    const metrics = createRegistry()
    let waiters = 3
    metrics.watch(watched({ revocationWaiters: () => waiters }))
    const first = await metrics.text()
    waiters = 4
    const second = await metrics.text()
    assert.deepEqual(samplesOf(first, 'latchkey_sessions_live'), { '': 12 })
    assert.deepEqual(samplesOf(first, 'latchkey_revocation_log_age_seconds'), { '': 2 })
    assert.deepEqual(samplesOf(first, 'latchkey_password_hashes'), {
      '{state="running"}': 2,
      '{state="waiting"}': 9,
    })
    assert.deepEqual(
      [first, second].map((text) => samplesOf(text, 'latchkey_revocation_waiters')),
      [{ '': 3 }, { '': 4 }],
    )
  })

  it('has no line for live sessions while the store does not say, rather than an old number or 0', async () => {
    const metrics = createRegistry()
    let live: number | null = 5
    metrics.watch(watched({ liveSessions: async () => live }))
    assert.deepEqual(samplesOf(await metrics.text(), 'latchkey_sessions_live'), { '': 5 })
    live = null
    assert.equal(readSamples(await metrics.text()).has('latchkey_sessions_live'), false)
    live = 0
    assert.equal(readSamples(await metrics.text()).get('latchkey_sessions_live'), 0)
  })
})

describe('several registries in one process', () => {
  it('count for themselves', async () => {
    const [one, other] = [createRegistry(), createRegistry()]
    one.signIn('busy')
    assert.deepEqual(samplesOf(await other.text(), 'latchkey_sign_ins_total'), {})
  })
})
