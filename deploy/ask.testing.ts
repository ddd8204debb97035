import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import { APP_HOST, AUTH_HOST, type Site } from './forward-auth.testing.ts'

/** For tests only: a client of the proxy of a site, which sends what it is told to the letter. */

export type Header = readonly [name: string, value: string]
type Where = Pick<Site, 'port' | 'ca'>

interface Asking {
  /** In this order, and as often as they stand here. A Host among them is sent in place of the true one. */
  headers?: readonly Header[]
  body?: string
  /** Of Latchkey and not of the app. */
  atLatchkey?: boolean
  /** Which address of this machine to ask from. */
  from?: string
}

export interface Answer {
  status: number
  /** Undefined where it leads nowhere. */
  location: string | undefined
  setCookies: string[]
  /** Names in small letters; of one that came more than once, all values joined. */
  headers: IncomingMessage['headers']
  /** Of a WebSocket, what the app sent on it. */
  text: string
}

export const WEBSOCKET: readonly Header[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ['Sec-Fetch-Mode', 'websocket'],
]

/** Asks once, on a connection of its own. */
export async function ask(
  { port, ca }: Where,
  method: string,
  path: string,
  asking: Asking = {},
): Promise<Answer> {
  const { headers = [], body = '', atLatchkey = false, from = '127.0.0.1' } = asking
  const host = atLatchkey ? AUTH_HOST : APP_HOST
  const lines: Header[] = headers.some(([name]) => name.toLowerCase() === 'host')
    ? [...headers]
    : [['Host', `${host}:${port}`], ...headers]
  if (body !== '') lines.push(['Content-Length', String(Buffer.byteLength(body))])
  const sending = request({
    ...{ host: '127.0.0.1', servername: host, port, ca, method, path, agent: false },
    localAddress: from,
    headers: lines.flat(),
  })
  sending.end(body)
  const upgraded = once(sending, 'upgrade').then(([response, socket, head]) =>
    answerOf(response, async () => messageOf(Buffer.concat([head, await everything(socket)]))),
  )
  const answered = once(sending, 'response').then(([response]) =>
    answerOf(response, async () => String(await everything(response))),
  )
  // Of the two the other one never comes.
  return Promise.any([upgraded, answered])
}

async function answerOf(response: IncomingMessage, read: () => Promise<string>): Promise<Answer> {
  const { statusCode: status = 0, headers } = response
  const text = await read()
  return { status, location: headers.location, setCookies: headers['set-cookie'] ?? [], headers, text }
}

async function everything(stream: Duplex | IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Of the one frame that the echo app sends, without its head. */
const messageOf = (frame: Buffer): string => String(frame.subarray(frame[1] === 126 ? 4 : 2))

const SILENCE_MILLISECONDS = 3000

/**
 * Sends these bytes as they are, and gives all that comes back: until the proxy closes the connection, or, for it may wait for
 * more of what is no whole request, says nothing any more.
 */
export async function sendRaw({ port, ca }: Where, bytes: string, servername = APP_HOST): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, ca, servername })
  await once(socket, 'secureConnect')
  socket.setTimeout(SILENCE_MILLISECONDS, () => socket.destroy())
  // Closed in the middle of our sentence: an answer too.
  socket.on('error', () => {})
  let heard = ''
  socket.setEncoding('latin1').on('data', (text) => {
    heard += text
  })
  const closed = once(socket, 'close')
  socket.write(bytes, 'latin1')
  await closed
  return heard
}
