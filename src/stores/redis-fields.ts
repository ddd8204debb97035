import type { EndReason, RefreshState, Session } from '../sessions/session.ts'

/** A session as the fields and values of a hash, in turn; what is null has no field. */
export function toFields({ sid: _, refresh, ...session }: Session): string[] {
  return Object.entries({ ...session, ...refresh }).flatMap(([name, value]) =>
    value === null ? [] : [name, String(value)],
  )
}

/** The session with those fields; null when there are none. */
export function toSession(sid: string, fields: readonly string[]): Session | null {
  if (fields.length === 0) return null
  const said = new Map<string, string>()
  for (let i = 0; i < fields.length; i += 2) said.set(fields[i] ?? '', fields[i + 1] ?? '')
  const text = (name: keyof Session) => said.get(name) ?? ''
  const number = (name: keyof Session | keyof RefreshState) => Number(said.get(name))
  return {
    sid,
    userId: text('userId'),
    userRevision: number('userRevision'),
    device: text('device'),
    address: text('address'),
    carrier: text('carrier') as Session['carrier'],
    startedAt: number('startedAt'),
    lastSeenAt: number('lastSeenAt'),
    expiresAt: number('expiresAt'),
    endsAt: number('endsAt'),
    refresh: toRefreshState(said, number),
    endedAt: said.has('endedAt') ? number('endedAt') : null,
    endReason: (said.get('endReason') as EndReason | undefined) ?? null,
  }
}

function toRefreshState(
  said: ReadonlyMap<string, string>,
  number: (name: keyof RefreshState) => number,
): RefreshState | null {
  const [salt, currentHash] = [said.get('salt'), said.get('currentHash')]
  if (salt === undefined || currentHash === undefined) return null
  const previousHash = said.get('previousHash') ?? null
  return { salt, rotation: number('rotation'), currentHash, previousHash, rotatedAt: number('rotatedAt') }
}
