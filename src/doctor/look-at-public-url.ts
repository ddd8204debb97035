import { z } from 'zod'

const PATIENCE_MILLISECONDS = 3000

// Codes of OpenSSL and of Node (nodejs.org/api/tls.html, "X509 certificate error codes").
const ABOUT_CERTIFICATE =
  /^(CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY|DEC)|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH|ERROR_IN_CERT)/
const ABOUT_TLS = /^(ERR_SSL_|EPROTO)/

/** A request that got no answer. */
export interface Silence {
  kind: 'unreachable' | 'bad-certificate' | 'no-tls'
  code: string
}

export type Reach =
  | Silence
  | { kind: 'redirected'; to: string }
  | { kind: 'store-down' }
  | { kind: 'stranger' }
  /** Latchkey, with the keys that it publishes. */
  | { kind: 'latchkey'; kids: string[] }

const jwks = z.object({ keys: z.array(z.object({ kid: z.string() })) })

/** Asks under PUBLIC_URL, as any app would: whether Latchkey is alive, and for its keys. */
export async function lookAtPublicUrl(
  publicUrl: string,
  patienceMilliseconds = PATIENCE_MILLISECONDS,
): Promise<Reach> {
  // One limit for both. A redirect is not followed: people's forms and apps' requests would not be either.
  const options = { redirect: 'manual', signal: AbortSignal.timeout(patienceMilliseconds) } as const
  try {
    const ping = await fetch(`${publicUrl}/v1/ping`, options)
    const refusal = await readPing(ping, publicUrl)
    if (refusal) return refusal
    const keys = await fetch(`${publicUrl}/.well-known/jwks.json`, options)
    const read = jwks.safeParse(await keys.json().catch(() => null))
    return keys.ok && read.success
      ? { kind: 'latchkey', kids: read.data.keys.map(({ kid }) => kid) }
      : { kind: 'stranger' }
  } catch (error) {
    return reachOf(error)
  }
}

/** Null when it is the answer of a Latchkey that is well. */
async function readPing(ping: Response, publicUrl: string): Promise<Reach | null> {
  const location = ping.headers.get('location')
  if (ping.status >= 300 && ping.status < 400 && location)
    // The origin is enough, and the rest may be long.
    return { kind: 'redirected', to: URL.parse(location, publicUrl)?.origin ?? 'elsewhere' }
  const text = await ping.text()
  if (ping.status === 503 && text.includes('"store_down"')) return { kind: 'store-down' }
  return ping.ok && text.trim() === 'ok' ? null : { kind: 'stranger' }
}

/** What became of a request that got no answer. */
export function reachOf(error: unknown): Silence {
  const { name, cause } = error as Error
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? name
  if (ABOUT_CERTIFICATE.test(code)) return { kind: 'bad-certificate', code }
  return { kind: ABOUT_TLS.test(code) ? 'no-tls' : 'unreachable', code }
}
