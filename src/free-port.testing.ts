import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the ports that a system gives to whoever asks for any, and above all that a browser refuses to go to.
const FIRST = 20_000
const COUNT = 6000
// Of one process, before it comes to those of the next.
const OF_ONE = 40

let next = (process.pid * OF_ONE) % COUNT

/**
 * For tests and measurements only: a port that nobody listens on, for PUBLIC_URL must name it before the server listens. In
 * the time between nobody else gets it: the system gives none of these away, and other processes see that it is taken.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < COUNT; tries++) {
    const port = FIRST + next
    next = (next + 1) % COUNT
    if ((await isOurs(port)) && (await isFree(port))) return port
  }
  throw new Error(`All ports from ${FIRST} to ${FIRST + COUNT} are taken.`)
}

/** Takes the UDP port so many above it, which nobody needs, until this process ends. That of the same number is for HTTP/3. */
async function isOurs(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  try {
    socket.bind({ port: port + COUNT, address: '127.0.0.1', exclusive: true })
    await once(socket, 'listening')
    // Only now: what waits for it must not be taken for done.
    socket.unref()
    return true
  } catch {
    return false
  }
}

/** Whether a port can be listened on: a server that is stopping has let go of it. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
