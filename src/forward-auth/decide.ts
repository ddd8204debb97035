import type { Role } from '../accounts/user.ts'

export interface Facts<W extends { role: Role }> {
  /** Who is signed in; null: nobody is. */
  who: W | null
  /** The role that the operator asks for; null: any. */
  asked: Role | null
  /** Looked at only where somebody might have to be sent away. */
  isPageLoad(): boolean
}

export type Verdict<W> =
  | { kind: 'allow'; who: W }
  /** To the sign-in page: somebody sits in front of it. */
  | { kind: 'sign-in' }
  /** Nobody is signed in, and whatever asked could not sign in either. */
  | { kind: 'refuse' }
  /** Somebody is, without the role. */
  | { kind: 'forbid' }

/** Whether a request may pass to an app. */
export function decide<W extends { role: Role }>({ who, asked, isPageLoad }: Facts<W>): Verdict<W> {
  if (!who) return { kind: isPageLoad() ? 'sign-in' : 'refuse' }
  // An admin may do what a user may.
  return asked === 'admin' && who.role !== 'admin' ? { kind: 'forbid' } : { kind: 'allow', who }
}

/**
 * Whether a request loads a page, which a person can be sent away from. Browsers say so (Fetch Metadata); of one that does not,
 * what it accepts tells.
 */
export function isPageLoad(
  method: string,
  fetchMode: string | undefined,
  accept: string | undefined,
): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return fetchMode === undefined
    ? (accept?.toLowerCase().includes('text/html') ?? false)
    : fetchMode === 'navigate'
}
