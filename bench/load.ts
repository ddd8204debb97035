import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** So many requests, all alike, over a few connections that stay open; each waits for its answer before it asks again. */
export interface Load {
  port: number
  request: string
  requests: number
  connections: number
  isTls?: boolean
}

const END_OF_HEAD = '\r\n\r\n'
const LENGTH = '\r\nContent-Length: '

/**
 * The seconds it took. It never sleeps while it waits: to wake it would cost the server that answers, and the slower one
 * more often. Raw sockets, for an HTTP client takes more time to ask than a server to answer.
 */
async function run({ port, request, requests, connections, isTls = false }: Load): Promise<number> {
  const sockets = Array.from({ length: connections }, () => open(port, isTls))
  await Promise.all(sockets.map((socket) => once(socket, isTls ? 'secureConnect' : 'connect')))
  const bytes = Buffer.from(request)
  let toSend = requests
  let asking = true
  const stayAwake = () => asking && setImmediate(stayAwake)
  stayAwake()
  const startedAt = performance.now()
  await Promise.all(sockets.map((socket) => ask(socket, bytes, () => toSend-- > 0)))
  const seconds = (performance.now() - startedAt) / 1000
  asking = false
  for (const socket of sockets) socket.destroy()
  return seconds
}

const open = (port: number, isTls: boolean): Socket =>
  isTls
    ? // The certificate was made for this run, by nobody whom the world knows.
      connectTls({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }).setNoDelay()
    : connect(port, '127.0.0.1').setNoDelay()

function ask(socket: Socket, request: Buffer, more: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let missing = 0
    const next = () => (more() ? socket.write(request) : resolve())
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed a connection')))
    socket.on('data', (data) => {
      const chunk = data as Buffer
      try {
        missing = missing === 0 ? answerLength(chunk) - chunk.length : missing - chunk.length
        if (missing === 0) next()
      } catch (error) {
        reject(error)
      }
    })
    next()
  })
}

/** Bytes of an answer, from its beginning. Its head comes in one piece, for a server writes it so. */
function answerLength(chunk: Buffer): number {
  const head = chunk.indexOf(END_OF_HEAD)
  const length = chunk.subarray(0, head).toString('latin1')
  const at = length.toLowerCase().indexOf(LENGTH.toLowerCase())
  if (head < 0 || at < 0 || !length.startsWith('HTTP/1.1 200 ')) throw new Error(`not the answer: ${length}`)
  return head + END_OF_HEAD.length + Number.parseInt(length.slice(at + LENGTH.length), 10)
}

process.on('message', async (load: Load) => process.send?.(await run(load)))
