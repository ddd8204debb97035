import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import manifest from '../../package.json' with { type: 'json' }
import { ENDINGS, REFRESHES, ROTATIONS, SIGN_INS } from './labels.ts'
import type { Metrics } from './metrics.ts'

// From a page out of memory to a password that waited for its turn.
const REQUEST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const STORE_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5]
// Instants are whole seconds, on both nodes.
const LAG_SECONDS = [1, 2, 3, 5, 10, 30, 60]

/** The one place that knows prom-client: every metric there is, by its name, beside those of the process and of Node. */
export function createRegistry(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers })
  /** By one label, whose every word is there from the start, at 0: a first event that made its line appear would be no rise. */
  const counterOf = <W extends string>(name: string, help: string, label: string, words: Record<W, true>) => {
    const counted = counter(name, help, label)
    for (const word of Object.keys(words)) counted.inc({ [label]: word }, 0)
    return (word: W) => counted.inc({ [label]: word })
  }
  const histogram = <L extends string>(name: string, help: string, buckets: number[], ...labelNames: L[]) =>
    new Histogram({ name, help, buckets, labelNames, registers })
  const gauge = (
    name: string,
    help: string,
    read: (gauge: Gauge) => void | Promise<void>,
    label?: string,
  ) => {
    const labelNames = label === undefined ? [] : [label]
    const made: Gauge = new Gauge({ name, help, labelNames, registers, collect: () => read(made) })
  }

  gauge(
    'latchkey_build_info',
    'Always 1; the label says which version runs.',
    (info) => info.set({ version: manifest.version }, 1),
    'version',
  )
  const requests = counter(
    'latchkey_http_requests_total',
    'Requests answered, by the pattern of their route.',
    ...(['method', 'route', 'status'] as const),
  )
  const requestSeconds = histogram(
    'latchkey_http_request_duration_seconds',
    'How long a request took to be answered.',
    REQUEST_SECONDS,
    ...(['method', 'route'] as const),
  )
  const storeSeconds = histogram(
    'latchkey_store_call_duration_seconds',
    'How long a call of a store took, also one that failed.',
    STORE_SECONDS,
    ...(['store', 'operation'] as const),
  )
  const storeErrors = counter(
    'latchkey_store_errors_total',
    'Calls of a store that failed.',
    ...(['store', 'operation'] as const),
  )
  const lagSeconds = histogram(
    'latchkey_revocation_lag_seconds',
    'How long after another node or the command line ended a session this node knew of it.',
    LAG_SECONDS,
  )

  return {
    request(method, route, status, seconds) {
      requests.inc({ method, route, status })
      requestSeconds.observe({ method, route }, seconds)
    },
    signIn: counterOf(
      'latchkey_sign_ins_total',
      'Sign-ins: succeeded, refused for whatever reason, or turned away because too many came at once.',
      'outcome',
      SIGN_INS,
    ),
    refresh: counterOf(
      'latchkey_refreshes_total',
      'What became of an access token that was shown to be renewed.',
      'outcome',
      REFRESHES,
    ),
    rotation: counterOf(
      'latchkey_rotations_total',
      'What became of a refresh token that was shown.',
      'outcome',
      ROTATIONS,
    ),
    sessionEnded: counterOf(
      'latchkey_sessions_ended_total',
      'Sessions that this process ended before their time.',
      'reason',
      ENDINGS,
    ),
    revocationHeard: (seconds) => lagSeconds.observe(seconds),
    storeCall(store, operation, seconds, isDone) {
      if (seconds !== null) storeSeconds.observe({ store, operation }, seconds)
      // From the first call on: a first failure that made its line appear would be no rise.
      storeErrors.inc({ store, operation }, isDone ? 0 : 1)
    },
    watch({ liveSessions, revocationLogAge, revocationWaiters, passwords }) {
      gauge('latchkey_sessions_live', 'Sessions that are live, of all nodes.', async (live) => {
        const count = await liveSessions()
        // No line rather than an old number.
        if (count === null) live.remove()
        else live.set(count)
      })
      gauge(
        'latchkey_revocation_log_age_seconds',
        'How long ago this node last heard of the revocation log.',
        (age) => age.set(revocationLogAge()),
      )
      gauge('latchkey_revocation_waiters', 'Apps that wait at /v1/revocations for news.', (waiters) =>
        waiters.set(revocationWaiters()),
      )
      gauge(
        'latchkey_password_hashes',
        'Passwords that are hashed or checked now, and that wait for it.',
        (hashes) => {
          hashes.set({ state: 'running' }, passwords.running)
          hashes.set({ state: 'waiting' }, passwords.waiting)
        },
        'state',
      )
    },
    text: () => registry.metrics(),
    textType: registry.contentType,
  }
}
