import type { IncomingMessage } from 'node:http'
import type { Routed } from './traefik-rule.testing.ts'

/** For tests only: what an entry point of Traefik does with a request before it looks for a router, as its manual says. */

export type HeaderLine = [name: string, value: string]

export interface Entered extends Routed {
  /** Path and query, as the app gets it and Latchkey hears of it. */
  target: string
  /** As the client wrote it. */
  hostLine: string
  peer: string
  headers: HeaderLine[]
}

/** The part of an entry point in traefik.yml. */
export interface EntryPoint {
  http: { aliasHeadersStrategy: 'keep' | 'delete'; encodedCharacters: Record<string, boolean> }
}

const ENCODED: Record<string, string> = {
  allowEncodedSlash: '%2f',
  allowEncodedBackSlash: '%5c',
  allowEncodedNullCharacter: '%00',
  allowEncodedSemicolon: '%3b',
  allowEncodedPercent: '%25',
  allowEncodedQuestionMark: '%3f',
  allowEncodedHash: '%23',
}
// Traefik sets these itself, and believes nobody who is not named in trustedIPs.
const MANAGED =
  /^x[-_](?:forwarded[-_](?:proto|scheme|for|host|port|server|uri|method|prefix|tls[-_]client[-_]cert(?:[-_]info)?)|scheme|real[-_]ip)$/i
const ALIAS = /[^a-z0-9-]/i
const CODE = /%[0-9a-f]{2}/gi
const UNRESERVED = /[\w.~-]/

export const named =
  (wanted: string) =>
  ([name]: HeaderLine): boolean =>
    name.toLowerCase() === wanted.toLowerCase()

/** The request as Traefik goes on with it; null: it answers 400. */
export function enter(request: IncomingMessage, { http }: EntryPoint): Entered | null {
  const { method = '', rawHeaders, socket } = request
  // An absolute address in the request line counts for more than Host (Go's net/http).
  const [, authority = request.headers.host ?? '', target = ''] =
    /^(?:https?:\/\/([^/?]*))?(.*)$/s.exec(request.url ?? '') ?? []
  const [, rawPath = '', query = ''] = /^([^?]*)(.*)$/s.exec(target) ?? []
  // Go's net/http takes no request with two.
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  const refused = Object.entries(ENCODED).filter(([option]) => http.encodedCharacters[option] === false)
  const path = normalize(rawPath)
  if (path === null || hosts.length > 1 || refused.some(([, code]) => rawPath.toLowerCase().includes(code)))
    return null

  const peer = socket.remoteAddress ?? ''
  const headers = rawHeaders
    .flatMap((name, i): HeaderLine[] => (i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? '']] : []))
    .filter(([name]) => name.toLowerCase() !== 'host' && !MANAGED.test(name))
    .filter(([name]) => http.aliasHeadersStrategy !== 'delete' || !ALIAS.test(name))
  const isWebSocket = headers.some((line) => named('upgrade')(line) && /websocket/i.test(line[1]))
  headers.push(['X-Real-Ip', peer], ['X-Forwarded-Proto', isWebSocket ? 'wss' : 'https'])
  headers.push(['X-Forwarded-Host', authority], ['X-Forwarded-Server', 'stand-in'])
  return {
    ...{ method, peer, hostLine: authority, path: path.replace(CODE, byteOf), target: path + query },
    host: authority.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase(),
    headers: withoutNamed(headers),
  }
}

/** What Connection names is for Traefik alone, but for what it manages; and of Connection an upgrade is left. */
function withoutNamed(headers: HeaderLine[]): HeaderLine[] {
  const options = headers
    .filter(named('connection'))
    .flatMap(([, value]) => value.split(',').map((one) => one.trim()))
  const dropped = options.filter((name) => !MANAGED.test(name) && !/^upgrade$/i.test(name))
  const kept = headers.filter((line) => ![...dropped, 'connection'].some((name) => named(name)(line)))
  const upgrades = options.some((name) => /^upgrade$/i.test(name)) && kept.some(named('upgrade'))
  return upgrades ? [...kept, ['Connection', 'Upgrade']] : kept.filter((line) => !named('upgrade')(line))
}

const byteOf = (code: string): string => String.fromCharCode(Number.parseInt(code.slice(1), 16))

/** Without dot segments and doubled slashes, with unreserved letters decoded (RFC 3986 6.2.2). The app gets this, not what was sent. */
function normalize(rawPath: string): string | null {
  if (!rawPath.startsWith('/') || /%(?![0-9a-f]{2})|[^!-~]/i.test(rawPath)) return null
  const decoded = rawPath.replaceAll('#', '%23').replace(CODE, (code) => {
    const sign = byteOf(code)
    return UNRESERVED.test(sign) ? sign : code.toUpperCase()
  })
  const kept: string[] = []
  for (const part of decoded.split('/')) {
    if (part === '..') kept.pop()
    else if (part !== '' && part !== '.') kept.push(part)
  }
  const isFolder = /\/\.{0,2}$/.test(decoded) && kept.length > 0
  return `/${kept.join('/')}${isFolder ? '/' : ''}`
}
