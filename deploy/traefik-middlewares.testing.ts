import { once } from 'node:events'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { type Entered, type HeaderLine, named } from './traefik-entry-point.testing.ts'

/** For tests only: the middlewares of Traefik that traefik-dynamic.yml uses, as its manual says. */

interface ForwardAuth {
  address: string
  trustForwardHeader: boolean
  authRequestHeaders: string[]
  authResponseHeaders: string[]
}

/** The part of a middleware in traefik-dynamic.yml. */
export interface Middleware {
  forwardAuth?: ForwardAuth
  headers?: { customRequestHeaders: Record<string, string> }
  ipAllowList?: { sourceRange: string[]; rejectStatusCode: number }
}

export interface Answer {
  status: number
  headers: HeaderLine[]
  body: Buffer
}

export const HOP_BY_HOP = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/** Changes the request, and answers when it must not go on. */
export async function pass(request: Entered, middleware: Middleware): Promise<Answer | null> {
  const { forwardAuth, headers, ipAllowList } = middleware
  if (forwardAuth) return ask(request, forwardAuth)
  // Of all ranges one is used: an address that nobody comes from.
  if (ipAllowList?.sourceRange.join() === '255.255.255.255/32') return plainly(ipAllowList.rejectStatusCode)
  if (!headers) throw new Error('no such middleware')
  for (const [name, value] of Object.entries(headers.customRequestHeaders)) {
    remove(request, name)
    if (value !== '') request.headers.push([name, value])
  }
  return null
}

async function ask(request: Entered, options: ForwardAuth): Promise<Answer | null> {
  if (options.trustForwardHeader) throw new Error('it would believe the client')
  const sent: HeaderLine[] = [
    ['Host', new URL(options.address).host],
    ...request.headers.filter((line) => options.authRequestHeaders.some((name) => named(name)(line))),
    ['X-Forwarded-For', request.peer],
    ['X-Forwarded-Method', request.method],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', request.hostLine],
    ['X-Forwarded-Uri', request.target],
  ]
  const asking = requestHttp(options.address, { headers: sent.flat(), agent: false }).end()
  const [response] = (await once(asking, 'response').catch(() => [])) as [IncomingMessage?]
  if (!response) return plainly(500)
  const answer = await read(response)
  if (answer.status < 200 || answer.status > 299) return answer
  for (const name of options.authResponseHeaders) {
    remove(request, name)
    request.headers.push(...answer.headers.filter(named(name)))
  }
  return null
}

function remove(request: Entered, name: string): void {
  request.headers = request.headers.filter((line) => !named(name)(line))
}

async function read(response: IncomingMessage): Promise<Answer> {
  const { statusCode: status = 0, rawHeaders } = response
  const pieces: Buffer[] = []
  for await (const piece of response) pieces.push(piece)
  const headers = rawHeaders.flatMap((name, i): HeaderLine[] =>
    i % 2 === 0 && !HOP_BY_HOP.includes(name.toLowerCase()) ? [[name, rawHeaders[i + 1] ?? '']] : [],
  )
  return { status, headers, body: Buffer.concat(pieces) }
}

export const plainly = (status: number): Answer => ({ status, headers: [], body: Buffer.from('') })
