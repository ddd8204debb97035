export interface RefreshPolicy {
  tokenTtlSeconds: number
  refreshWindowSeconds: number
}

/** When an access token that expires at `exp` can first be renewed, in epoch seconds. */
export const refreshFrom = (exp: number, policy: RefreshPolicy): number => exp - policy.refreshWindowSeconds

export type RefreshDecision = 'too-early' | 'renew' | 'expired'

/** An access token is renewed only in its last seconds, its refresh window; at `exp` it is too late. */
export function decideRefresh(exp: number, policy: RefreshPolicy, now: number): RefreshDecision {
  if (now >= exp) return 'expired'
  return now < refreshFrom(exp, policy) ? 'too-early' : 'renew'
}
