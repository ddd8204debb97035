import { type Clocks, type Moment, momentOf } from './moment.ts'

const LONGEST_RETRY_AFTER_SECONDS = 30

/** What Latchkey answered to one question, or why there is no answer, in a sentence. */
export type Answer =
  | { kind: 'ok'; text: string; etag: string | null; retryAfterSeconds: number | null; heardAt: Moment }
  | { kind: 'not-modified'; heardAt: Moment }
  | Failed

export interface Failed {
  kind: 'failed'
  why: string
  retryAfterSeconds: number | null
}

export interface Question {
  /** Path and query. */
  path: string
  timeoutSeconds: number
  mostBytes: number
  /** The ETag of what is known already. */
  etag?: string | null
}

export interface Ask {
  (question: Question): Promise<Answer>
  /** Breaks off what is being asked. */
  close(): void
}

/** The part of `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** There is no answer, for a reason in a sentence. */
export const failed = (why: string): Failed => ({ kind: 'failed', why, retryAfterSeconds: null })

/** Asks Latchkey by GET. It never throws, waits no longer and reads no more than it was told. */
export function createAsk(issuer: string, fetch: Fetch, clocks: Clocks): Ask {
  const asking = new Set<AbortController>()

  async function read({ path, mostBytes, etag }: Question, signal: AbortSignal): Promise<Answer> {
    const headers: Record<string, string> = {
      accept: 'application/json',
      // A cache in between would show a key for minutes after it was taken away.
      'cache-control': 'no-cache',
      ...(etag && { 'if-none-match': etag }),
    }
    // Keys come from this one origin: not from where a redirect leads to (ASVS 9.1.3).
    const response = await fetch(`${issuer}${path}`, { headers, signal, redirect: 'error' })
    // When its head came, for that is what the body was written for, however slowly it arrives.
    const heardAt = momentOf(clocks)
    const retryAfterSeconds = readRetryAfter(response.headers.get('retry-after'))
    if (response.status === 200) {
      const text = await readBody(response, mostBytes)
      if (text === null) return failed(`${pathOf(path)} answers with more than ${mostBytes} bytes`)
      return { kind: 'ok', text, etag: response.headers.get('etag'), retryAfterSeconds, heardAt }
    }
    await response.body?.cancel()
    if (response.status === 304 && etag) return { kind: 'not-modified', heardAt }
    return { ...failed(`${pathOf(path)} answers ${response.status}`), retryAfterSeconds }
  }

  async function ask(question: Question): Promise<Answer> {
    const controller = new AbortController()
    asking.add(controller)
    const timer = setTimeout(() => controller.abort(), question.timeoutSeconds * 1000)
    timer.unref()
    try {
      return await read(question, controller.signal)
    } catch (error) {
      return failed(`${pathOf(question.path)} does not answer (${nameOf(error)})`)
    } finally {
      clearTimeout(timer)
      asking.delete(controller)
    }
  }

  return Object.assign(ask, {
    close() {
      for (const controller of asking) controller.abort()
    },
  })
}

const pathOf = (path: string) => path.replace(/\?.*/, '')

/** What the system calls a failure (ECONNREFUSED …), or else its class. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Error'
  const { code } = (error.cause ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : error.name
}

/** The body as text; null when it has more bytes, of which no more than one piece is read. */
async function readBody(response: Response, mostBytes: number): Promise<string | null> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = response.body?.getReader()
  let text = ''
  let bytes = 0
  for (;;) {
    const piece = await reader?.read()
    if (!piece || piece.done) return text + decoder.decode()
    bytes += piece.value.byteLength
    if (bytes > mostBytes) {
      await reader?.cancel()
      return null
    }
    text += decoder.decode(piece.value, { stream: true })
  }
}

/** Seconds (RFC 9110 10.2.3), as many as we are willing to wait. Its other form, a date, Latchkey does not send. */
const readRetryAfter = (value: string | null): number | null =>
  value !== null && /^\d{1,9}$/.test(value) ? Math.min(Number(value), LONGEST_RETRY_AFTER_SECONDS) : null
