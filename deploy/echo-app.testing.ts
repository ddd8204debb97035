import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** For tests only: an app behind a proxy, which says what it was asked and keeps it. */

/** A request as it came: the header lines as they are, in their order. */
export interface Asked {
  method: string
  url: string
  headers: [name: string, value: string][]
  body: string
}

/** Below it the app answers with the status that follows, `/app-says/401`. */
export const APP_SAYS = '/app-says/'
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const LONGEST_SHORT_FRAME = 125

export async function startEchoApp(port: number) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const seen = { ...heard(request), body: '' }
    asked.push(seen)
    try {
      for await (const piece of request.setEncoding('utf8')) seen.body += piece
    } catch {
      // The proxy has given up in the middle: it found the rest of the body wrong.
      return
    }
    const [, status] = seen.url.split(APP_SAYS)
    const isPage = request.headers.accept?.includes('text/html')
    response.writeHead(Number(status) || 200, {
      'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json',
    })
    response.end(isPage ? page(seen) : JSON.stringify(seen))
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const seen = { ...heard(request), body: '' }
    asked.push(seen)
    const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}${WEBSOCKET_GUID}`)
    socket.on('error', () => {})
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key.digest('base64')}\r\n\r\n`,
    )
    socket.end(textFrame(JSON.stringify(seen)))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    /** All that ever reached the app. */
    asked,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function heard({ method = '', url = '', rawHeaders }: IncomingMessage) {
  const headers = rawHeaders.flatMap((name, i): [string, string][] =>
    i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? '']] : [],
  )
  return { method, url, headers }
}

/** One message of a WebSocket, not masked, as a server sends it. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const length =
    payload.length > LONGEST_SHORT_FRAME
      ? [LONGEST_SHORT_FRAME + 1, payload.length >> 8, payload.length & 0xff]
      : [payload.length]
  return Buffer.concat([Buffer.from([0x81, ...length]), payload])
}

function page({ url, headers }: Asked): string {
  const user = headers.find(([name]) => name.toLowerCase() === 'remote-user')?.[1] ?? 'nobody'
  const text = (value: string) => value.replace(/[&<"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
  return `<!doctype html><html lang="en"><title>The app</title><link rel="icon" href="data:,"><h1>The app</h1><p id="user">${text(user)}</p><p id="url">${text(url)}</p></html>`
}
