import { z } from 'zod'
import type { Silence } from '../look-at-public-url.ts'
import type { Answer, Reply } from './ask.ts'

/** What became of a request to an app. */
export type Outcome =
  | { kind: 'silent'; silence: Silence }
  /** Sent to our sign-in page, which would lead back to `next`. */
  | { kind: 'sign-in'; next: string | null }
  | { kind: 'elsewhere'; to: URL }
  /** 401. `leads`: with the address of a sign-in page, which no browser follows. */
  | { kind: 'refused'; leads: boolean }
  /** The `code` is that of our problem, where the proxy passes our answers on (problems.ts). */
  | { kind: 'forbidden'; code: string | null }
  | { kind: 'misunderstood'; code: string }
  | { kind: 'broken'; status: number; code: string | null }
  /** Whatever is none of these is an answer of the app. */
  | { kind: 'passed'; status: number }

/** Codes of what Latchkey says when it was asked in a wrong way. An app has no such. */
const MISUNDERSTOOD = new Set(['bad_forward', 'not_found'])

const REDIRECTS = new Set([301, 302, 303, 307, 308])

export function outcomeOf(reply: Reply, publicUrl: string): Outcome {
  if (reply.kind !== 'answer') return { kind: 'silent', silence: reply }
  const { status, location } = reply
  if (REDIRECTS.has(status) && location)
    return isSignIn(location, publicUrl)
      ? { kind: 'sign-in', next: nextOf(location, publicUrl) }
      : { kind: 'elsewhere', to: location }
  if (status === 401) return { kind: 'refused', leads: location !== null }
  const code = codeOf(reply)
  if (status === 403) return { kind: 'forbidden', code }
  if (status >= 500) return { kind: 'broken', status, code }
  return code !== null && MISUNDERSTOOD.has(code)
    ? { kind: 'misunderstood', code }
    : { kind: 'passed', status }
}

const isSignIn = ({ origin, pathname }: URL, publicUrl: string): boolean =>
  origin === publicUrl && pathname === '/signin'

/** Whole, also where the app is at our own origin and `next` is a path. */
function nextOf({ searchParams }: URL, publicUrl: string): string | null {
  const next = searchParams.get('next')
  return next === null ? null : (URL.parse(next, publicUrl)?.href ?? null)
}

const problemShape = z.object({ code: z.string(), title: z.string(), request_id: z.string() })

/** Of our problem document, and null of anybody else's. */
export function codeOf({ text }: Pick<Answer, 'text'>): string | null {
  try {
    return problemShape.parse(JSON.parse(text)).code
  } catch {
    return null
  }
}
