import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

// What Chromium sends when a person opens a page.
const HEADERS = [
  'Connection: keep-alive',
  'Upgrade-Insecure-Requests: 1',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Sec-Fetch-Site: same-origin',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-User: ?1',
  'Sec-Fetch-Dest: document',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-GB,en;q=0.9',
]
const LOG_PAUSE_MILLISECONDS = 50

/** The first account. */
export const USER = { username: 'user1', password: 'a plain long sentence' }

const HEAD_END = '\r\n\r\n'

/** Makes the first account, as its owner would with the link from the log, and gives back the cookie of its session. */
export async function signUp({ port, logPath }: { port: number; logPath: string }): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...USER, code: await setupCode(logPath) }),
  })
  return cookieOf(response)
}

/** The cookie of another session of that account. */
export const signIn = async ({ port }: { port: number }): Promise<string> =>
  cookieOf(
    await fetch(`http://127.0.0.1:${port}/signin`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(USER),
    }),
  )

async function cookieOf(response: Response): Promise<string> {
  const [cookie] = response.headers.getSetCookie()
  if (!cookie) throw new Error(`nobody was signed in: ${response.status} ${await response.text()}`)
  return cookie.slice(0, cookie.indexOf(';'))
}

async function setupCode(logPath: string): Promise<string> {
  for (;;) {
    const [, code] = /\/setup\?code=([\w-]+)/.exec(readFileSync(logPath, 'utf8')) ?? []
    if (code) return code
    await pause(LOG_PAUSE_MILLISECONDS)
  }
}

/** The request of a browser that opens the welcome page, byte for byte. */
export const welcomeRequest = (publicHost: string, cookie: string): string =>
  browserRequest('/welcome', publicHost, `Cookie: ${cookie}`)

export const browserRequest = (path: string, publicHost: string, header: string): string =>
  [`GET ${path} HTTP/1.1`, `Host: ${publicHost}`, ...HEADERS, header, '', ''].join('\r\n')

export interface RawAnswer {
  /** Status line and headers but for the date, sorted: Node writes some of them itself, sooner or later. */
  head: string[]
  body: string
}

/** What a server answers, byte for byte. */
export async function answerTo(request: string, port: number): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('utf8').write(request)
  let answer = ''
  let [body, expected] = ['', Number.POSITIVE_INFINITY]
  while (Buffer.byteLength(body) < expected) {
    answer += (await once(socket, 'data'))[0]
    const [head = '', rest] = answer.split(HEAD_END)
    if (rest === undefined) continue
    body = rest
    expected = Number(/^content-length: (\d+)/im.exec(head)?.[1])
  }
  socket.destroy()
  const head = answer.slice(0, answer.indexOf(HEAD_END)).split('\r\n')
  return { head: head.filter((line) => !/^date:/i.test(line)).sort(), body }
}

// The status line, and what Node writes by itself into the answers of both.
const WRITTEN_BY_NODE = /^(HTTP\/|connection:|keep-alive:)/i

/** The headers of an answer that its server has set. */
export const headersOf = ({ head }: RawAnswer): Record<string, string> =>
  Object.fromEntries(
    head
      .filter((line) => !WRITTEN_BY_NODE.test(line))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
  )
