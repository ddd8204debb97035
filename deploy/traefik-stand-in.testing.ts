import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { parse } from 'yaml'
import { APP_HOST, AUTH_HOST, type Place, type StartProxy } from './forward-auth.testing.ts'
import {
  type Entered,
  type EntryPoint,
  enter,
  type HeaderLine,
  named,
} from './traefik-entry-point.testing.ts'
import { type Answer, HOP_BY_HOP, type Middleware, pass, plainly } from './traefik-middlewares.testing.ts'
import { parseRule } from './traefik-rule.testing.ts'

/**
 * For tests only: does with traefik.yml and traefik-dynamic.yml what the manual of Traefik 3.7 says. It proves what the two files say,
 * not what Traefik does with them.
 */

interface Router {
  entryPoints: string[]
  rule: string
  priority?: number
  middlewares: string[]
  service: string
}

interface Dynamic {
  http: {
    routers: Record<string, Router>
    middlewares: Record<string, Middleware>
    services: Record<string, { loadBalancer: { servers: { url: string }[] } }>
  }
}

const shipped = (name: string) => readFile(new URL(name, import.meta.url), 'utf8')

export const startTraefikStandIn: StartProxy = async (place) => {
  const entryPoint: EntryPoint = parse(await shipped('./traefik.yml')).entryPoints.websecure
  const { http } = parse(inPlace(await shipped('./traefik-dynamic.yml'), place)) as Dynamic
  const routers = Object.values(http.routers)
    .filter(({ entryPoints }) => entryPoints.includes('websecure'))
    .map((router) => ({ ...router, matches: parseRule(router.rule) }))
    .sort((one, other) => (other.priority ?? 0) - (one.priority ?? 0))

  /** The request, ready for its service, and that service; or an answer. */
  async function route(incoming: IncomingMessage): Promise<{ request: Entered; url: string } | Answer> {
    const request = enter(incoming, entryPoint)
    if (!request) return plainly(400)
    const router = routers.find(({ matches }) => matches(request))
    if (!router) return plainly(404)
    for (const name of router.middlewares) {
      const answer = await pass(request, http.middlewares[name] ?? {})
      if (answer) return answer
    }
    return { request, url: http.services[router.service]?.loadBalancer.servers[0]?.url ?? '' }
  }

  const tls = { cert: await readFile(place.certificate), key: await readFile(place.privateKey) }
  const server = createServer(tls, async (incoming, response) => {
    const routed = await route(incoming)
    if ('status' in routed) return respond(response, routed)
    const asking = incoming.pipe(serve(routed.request, routed.url))
    asking.on('error', () => respond(response, plainly(502)))
    asking.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 0, withoutHops(answer))
      answer.pipe(response)
    })
  })
  server.on('upgrade', async (incoming: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => {})
    const routed = await route(incoming)
    if ('status' in routed)
      return socket.end(head(routed.status, [...routed.headers, ['Connection', 'close']], routed.body))
    const asking = serve(routed.request, routed.url).end()
    asking.on('error', () => socket.end(head(502, [['Connection', 'close']])))
    asking.on('response', (answer) => {
      socket.write(head(answer.statusCode ?? 0, [...pairs(withoutHops(answer)), ['Connection', 'close']]))
      answer.pipe(socket)
    })
    asking.on('upgrade', (answer, other, first) => {
      socket.write(head(101, pairs(answer.rawHeaders)))
      socket.write(first)
      other
        .on('error', () => {})
        .pipe(socket)
        .pipe(other)
    })
  })
  server.listen(place.port, '127.0.0.1')
  await once(server, 'listening')
  return {
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** What an operator changes in the file. */
const inPlace = (text: string, { latchkeyPort, appPort }: Place): string =>
  text
    .replaceAll('auth.example.org', AUTH_HOST)
    .replaceAll('app.example.org', APP_HOST)
    .replaceAll('127.0.0.1:8000', `127.0.0.1:${latchkeyPort}`)
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${appPort}`)

/** Passes the request on, as it is by now, and adds whom it comes from. */
function serve({ method, target, hostLine, headers, peer }: Entered, url: string) {
  const isUpgrade = headers.some(named('upgrade'))
  const sent = headers.filter(([name]) => isUpgrade || !HOP_BY_HOP.includes(name.toLowerCase()))
  const lines: HeaderLine[] = [['Host', hostLine], ...sent, ['X-Forwarded-For', peer]]
  const chunked: HeaderLine[] = headers.some(named('transfer-encoding'))
    ? [['Transfer-Encoding', 'chunked']]
    : []
  return requestHttp(url, { method, path: target, headers: [...lines, ...chunked].flat(), agent: false })
}

function respond(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.headersSent) return
  response.writeHead(status, headers.flat())
  response.end(body)
}

const pairs = (raw: string[]): HeaderLine[] =>
  raw.flatMap((name, i): HeaderLine[] => (i % 2 === 0 ? [[name, raw[i + 1] ?? '']] : []))

const withoutHops = ({ rawHeaders }: IncomingMessage): string[] =>
  pairs(rawHeaders)
    .filter(([name]) => !HOP_BY_HOP.includes(name.toLowerCase()))
    .flat()

/** An answer, where there is no ServerResponse. */
const head = (status: number, headers: HeaderLine[], body: Buffer = Buffer.from('')): string =>
  `HTTP/1.1 ${status} -\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
