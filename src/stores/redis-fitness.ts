const OLDEST_VERSION = 7

/**
 * Why a Redis that says this of itself (`INFO`) cannot be trusted with sessions, as the end of a sentence; null when it can.
 */
export function whyNotFit(info: string): string | null {
  const said = new Map(info.split(/\r?\n/).map((line) => line.split(':', 2) as [string, string]))
  const version = said.get('redis_version') ?? 'unknown'
  if (!(Number.parseInt(version, 10) >= OLDEST_VERSION))
    return `is of version ${version}: ${OLDEST_VERSION} or newer is needed`
  if (said.get('redis_mode') === 'cluster')
    return 'is a cluster: one primary is needed, for each change is about several keys at once'
  if (said.get('role') === 'slave')
    return 'is a replica, which takes no writes: let REDIS_URL name the primary, by a name that moves with it'
  // A session that was evicted could not be ended any more while its token lives; without the log, sessions that were ended
  // would go on.
  const policy = said.get('maxmemory_policy') ?? 'noeviction'
  if (policy !== 'noeviction')
    return `may throw away sessions and the revocation log when its memory is full: set maxmemory-policy to noeviction (it is ${policy})`
  return null
}
