import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** For tests only: stands between the program and a database server, and can fall silent as a broken network does. */
export async function proxyTo(url: string) {
  const { hostname, port } = new URL(url)
  const open: Socket[] = []
  let isSilent = false
  let taken = 0
  let asked = 0
  const server = createServer((inner) => {
    taken++
    const outer = connect(Number(port), hostname)
    open.push(inner, outer)
    inner.on('data', () => asked++)
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      from.on('data', (data) => isSilent || to.write(data))
      from.on('error', () => {})
      from.on('close', () => to.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const own = new URL(url)
  own.host = `127.0.0.1:${(server.address() as { port: number }).port}`
  return {
    url: own.href,
    /** How many connections there have been. */
    taken: () => taken,
    /** How many times something was sent to the server. */
    asked: () => asked,
    /** From now on nothing is passed on, or all again. */
    silence(silent: boolean) {
      isSilent = silent
    },
    /** Closes all connections, as a proxy that is restarted. */
    cut() {
      for (const socket of open.splice(0)) socket.destroy()
    },
    async close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
