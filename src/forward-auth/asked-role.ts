import type { Role } from '../accounts/user.ts'

// The whole query, and nothing else: a role that is misspelt must not let everybody in, and a query of the client's, which some
// proxies pass on, must not ask for less (GHSA-7rh7-c77v-6434).
const ROLES = new Map<string, Role | null>([
  ['', null],
  ['role=user', 'user'],
  ['role=admin', 'admin'],
])

/** The role that the operator asks for, by the query of our address; null: any. Undefined for a query that is none of ours. */
export function askedRole(url: string): Role | null | undefined {
  const at = url.indexOf('?')
  return ROLES.get(at < 0 ? '' : url.slice(at + 1))
}
