import { once } from 'node:events'
import { connect, type OutgoingHttpHeaders } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import { APP_HOST, type Site } from './forward-auth.testing.ts'

/** For tests only. */

/** Asks the app once over HTTP/2, as browsers do; as a WebSocket when `:protocol` says so (RFC 8441). */
export async function askHttp2({ port, ca }: Pick<Site, 'port' | 'ca'>, headers: OutgoingHttpHeaders) {
  const socket = connectTls({ host: '127.0.0.1', port, ca, servername: APP_HOST, ALPNProtocols: ['h2'] })
  const session = connect(`https://${APP_HOST}:${port}`, { createConnection: () => socket })
  await once(session, 'remoteSettings')
  const stream = session.request(headers, { endStream: !(':protocol' in headers) })
  const [answer] = await once(stream, 'response')
  let text = ''
  for await (const piece of stream.setEncoding('utf8')) text += piece
  session.destroy()
  return { status: Number(answer[':status']), text }
}
