import type { IncomingMessage } from 'node:http'
import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import { reachOf, type Silence } from '../look-at-public-url.ts'

const PATIENCE_MILLISECONDS = 5000
/** Enough for the sign-in page, and for whatever says why something was refused. */
const LONGEST_TEXT_BYTES = 64 * 1024

export type HeaderLines = Record<string, string>

export interface Asking {
  method?: string
  headers?: HeaderLines
  body?: string
}

/** One answer as it came. What it sets as cookies may be a secret, and is never said. */
export interface Answer {
  kind: 'answer'
  status: number
  /** Absolute; null where it leads nowhere. */
  location: URL | null
  setCookies: string[]
  /** By which the proxy can be told, where it says who it is. */
  server: string
  /** What it begins with. */
  text: string
}

export type Reply = Answer | Silence

export type Ask = (url: URL, asking?: Asking) => Promise<Reply>

/**
 * Asks once, on a connection of its own, and follows nothing. By node:http, for fetch sends no Upgrade and no Host of our own.
 */
export const ask = (
  url: URL,
  { method = 'GET', headers = {}, body = '' }: Asking = {},
  patienceMilliseconds = PATIENCE_MILLISECONDS,
): Promise<Reply> =>
  new Promise((resolve) => {
    const signal = AbortSignal.timeout(patienceMilliseconds)
    const { request } = url.protocol === 'https:' ? https : http
    const asking = request(url, {
      ...{ method, signal, agent: false },
      // Else it would be taken from the Host that is sent.
      ...(!isIP(url.hostname.replace(/^\[|\]$/g, '')) && { servername: url.hostname }),
      headers: {
        'User-Agent': 'latchkey-doctor',
        // As browsers: on a POST that is empty too, and on nothing else.
        ...(method === 'POST' && { 'Content-Length': String(Buffer.byteLength(body)) }),
        ...headers,
      },
    })
    let hasAnswered = false
    const fail = (error: Error) =>
      resolve(
        signal.aborted
          ? { kind: 'unreachable', code: 'ETIMEDOUT' }
          : reachOf(new Error('', { cause: error })),
      )
    asking.on('error', (error) => {
      // Once it has answered, what came until then is the answer.
      if (!hasAnswered) fail(error)
    })
    asking.once('upgrade', (response, socket) => {
      socket.destroy()
      resolve(answerOf(url, response, ''))
    })
    asking.once('response', (response) => {
      hasAnswered = true
      readText(response).then((text) => resolve(answerOf(url, response, text)), fail)
    })
    asking.end(body)
  })

/** Some apps never come to an end: what has come until then is enough. */
async function readText(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  try {
    for await (const piece of response) {
      pieces.push(piece)
      size += piece.length
      if (size >= LONGEST_TEXT_BYTES) break
    }
  } catch {
    // It has answered, and that is what matters.
  }
  return String(Buffer.concat(pieces))
}

function answerOf(url: URL, { statusCode: status = 0, headers }: IncomingMessage, text: string): Answer {
  const isRedirect = headers.location !== undefined && headers.location !== ''
  return {
    ...{ kind: 'answer', status, text },
    location: isRedirect ? URL.parse(headers.location ?? '', url.href) : null,
    setCookies: headers['set-cookie'] ?? [],
    server: [headers.server, headers.via].join(' '),
  }
}
