import type { Answer, ask } from './ask.testing.ts'
import type { Asked } from './echo-app.testing.ts'
import type { Site } from './forward-auth.testing.ts'
import type { People } from './forward-auth-people.testing.ts'

/** For tests only: what the rows of the table are given, and what they look at. */

export interface Rows {
  site(): Site
  people(): People
  /** Asks the proxy; `seen` is what has reached the app meanwhile. */
  asks(method: string, path: string, asking?: Parameters<typeof ask>[3]): Promise<Answer & { seen: Asked[] }>
}

/** Who somebody is to the app: all values of each header; one that is empty may be left out. */
export const WHO = {
  ada: { user: ['ada'], name: ['Ada Lovelace'], email: ['ada@example.test'], groups: ['user'] },
  root: { user: ['root'], name: ['Zoë Root'], email: ['root@example.test'], groups: ['admin'] },
  grace: { user: ['grace'], name: [], email: [], groups: ['user'] },
}

export function identityOf({ headers }: Asked) {
  // Names with an underscore are the same to many apps.
  const values = (wanted: string) =>
    headers
      .filter(([name, value]) => spelling(name) === wanted && value !== '')
      .map(([, value]) => Buffer.from(value, 'latin1').toString())
  const [user, name, email, groups] = ['user', 'name', 'email', 'groups'].map((part) =>
    values(`remote-${part}`),
  )
  return { user, name, email, groups }
}

/** A header's name as an app takes it that makes REMOTE_USER of it. */
export const spelling = (name: string): string => name.toLowerCase().replaceAll('_', '-')

export const headerOf = ({ headers }: Asked, wanted: string): string[] =>
  headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value)
