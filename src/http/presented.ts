import type { Grant } from '../sessions/grant.ts'
import type { EndReason } from '../sessions/session.ts'
import type { Resumed } from '../sessions/sessions.ts'

type LiveToken = Extract<Resumed, { kind: 'live' }>

/** What a refresh cookie is worth: a new access token, or nothing any more, and why its session was ended, or null. */
export type Renewed =
  | (LiveToken & { by: 'cookie'; renewed: Grant })
  | { kind: 'lapsed'; by: 'cookie'; reason: EndReason | null }

/** What a request presents to say who asks, and what it is worth. */
export type Presented =
  | { kind: 'none'; by: null }
  /** Two cookies of our name: one of them is not ours, and we do not guess which. */
  | { kind: 'several'; by: 'cookie'; values: string[] }
  | (Exclude<Resumed, LiveToken> & { by: 'cookie' | 'bearer' })
  /** `renewed` when this very request traded its refresh cookie for a new access token. */
  | (LiveToken & { by: 'cookie' | 'bearer'; renewed?: Grant })
  | Renewed
