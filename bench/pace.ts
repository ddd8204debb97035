import { once } from 'node:events'
import { connect as connectTls, type TLSSocket } from 'node:tls'

/** Requests at an even pace, however long the answers take, over connections that stay open. */
export interface Pace {
  port: number
  request: string
  requests: number
  perSecond: number
  connections: number
}

/**
 * How long each answer took, in milliseconds, from the moment at which its request was due: a server that falls behind is not
 * asked less. It never sleeps, for a timer of Node is a millisecond late.
 */
async function run({ port, request, requests, perSecond, connections }: Pace): Promise<number[]> {
  const sockets = Array.from({ length: connections }, () =>
    // The certificate was made for this run, by nobody whom the world knows.
    connectTls({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }).setNoDelay(),
  )
  await Promise.all(sockets.map((socket) => once(socket, 'secureConnect')))
  const free = [...sockets]
  const took: number[] = []
  const startedAt = performance.now()
  let sent = 0
  await new Promise<void>((resolve, reject) => {
    function tick(): void {
      while (sent < requests && performance.now() >= dueAt(sent) && free.length > 0)
        ask(free.shift(), dueAt(sent++))
      if (took.length < requests) setImmediate(tick)
      else resolve()
    }
    const dueAt = (n: number) => startedAt + (n * 1000) / perSecond
    function ask(socket: TLSSocket | undefined, due: number): void {
      socket?.write(request)
      socket?.once('data', (answer: Buffer) => {
        if (!answer.toString('latin1').startsWith('HTTP/1.1 200 ')) reject(new Error(answer.toString()))
        took.push(performance.now() - due)
        free.push(socket)
      })
    }
    tick()
  })
  for (const socket of sockets) socket.destroy()
  return took
}

process.on('message', async (pace: Pace) => process.send?.(await run(pace)))
