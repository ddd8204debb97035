import type { Ask, Reply } from './ask.ts'
import { codeOf } from './outcome.ts'

export interface Account {
  username: string
  password: string
}

/** A cookie of Latchkey's, and the domain that it is for; null: the host alone that has set it. */
export interface Cookie {
  name: string
  value: string
  domain: string | null
}

export interface SignedIn {
  kind: 'signed-in'
  token: Cookie
  refresh: Cookie | null
  /** Null when it could not be asked. */
  role: string | null
}

export type SignInOutcome =
  | SignedIn
  | { kind: 'wrong-credentials' }
  /** What answered was no sign-in page of ours, or would not just now. */
  | { kind: 'not-answered'; reply: Reply }

const TOKEN = /^(?:__(?:Host|Secure)-)?token$/
const REFRESH = /^(?:__Host-)?refresh$/
/** On https all of them have a prefix, and an app's own cookie of the plain name is not taken for one. */
const OURS = /^__(?:Host|Secure)-(?:token|refresh|sent-back)$/

/** As a script does, with the stay-signed-in tick. */
export async function signIn(
  ask: Ask,
  publicUrl: string,
  { username, password }: Account,
): Promise<SignInOutcome> {
  const reply = await ask(new URL('/signin', publicUrl), {
    method: 'POST',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password, remember: true }),
  })
  if (reply.kind !== 'answer') return { kind: 'not-answered', reply }
  if (reply.status === 401 && codeOf(reply) === 'wrong_credentials') return { kind: 'wrong-credentials' }
  const { token, refresh } = cookiesOf(reply.setCookies)
  if (reply.status !== 200 || !token) return { kind: 'not-answered', reply }
  return { kind: 'signed-in', token, refresh, role: await roleOf(ask, publicUrl, token) }
}

/** Ends the session, whatever has become of its tokens. False when that was not done. */
export async function signOut(
  ask: Ask,
  publicUrl: string,
  cookies: readonly (Cookie | null)[],
): Promise<boolean> {
  const reply = await ask(new URL('/logout', publicUrl), {
    method: 'POST',
    headers: { Accept: 'application/json', ...cookieHeader(cookies) },
  })
  return reply.kind === 'answer' && reply.status === 204
}

async function roleOf(ask: Ask, publicUrl: string, token: Cookie): Promise<string | null> {
  const reply = await ask(new URL('/v1/me', publicUrl), {
    headers: { Authorization: `Bearer ${token.value}` },
  })
  if (reply.kind !== 'answer' || reply.status !== 200) return null
  return /"role"\s*:\s*"(\w+)"/.exec(reply.text)?.[1] ?? null
}

/** Those that an answer sets and does not clear. */
export function cookiesOf(setCookies: readonly string[]): { token: Cookie | null; refresh: Cookie | null } {
  const set = setCookies.map(readCookie).filter(({ value }) => value !== '')
  const find = (name: RegExp) => set.find((cookie) => name.test(cookie.name)) ?? null
  return { token: find(TOKEN), refresh: find(REFRESH) }
}

export const setsOurs = (setCookies: readonly string[]): boolean =>
  setCookies.some((line) => OURS.test(readCookie(line).name))

function readCookie(line: string): Cookie {
  const [pair = '', ...attributes] = line.split(/; */)
  const [name = '', value = ''] = pair.split(/=(.*)/s)
  const domain = attributes.flatMap((text) => /^domain=\.?(.+)$/i.exec(text)?.[1] ?? [])[0]
  return { name, value, domain: domain?.toLowerCase() ?? null }
}

/** Whether a browser sends it to this host, when `from` has set it. */
export const reaches = ({ domain }: Pick<Cookie, 'domain'>, from: string, host: string): boolean =>
  host === from || (domain !== null && `.${host}`.endsWith(`.${domain}`))

export const cookieHeader = (cookies: readonly (Cookie | null)[]): { Cookie: string } => ({
  Cookie: cookies.flatMap((cookie) => (cookie ? `${cookie.name}=${cookie.value}` : [])).join('; '),
})
