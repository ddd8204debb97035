/** Where a Redis is, and as whom to speak to it. */
export interface RedisAddress {
  host: string
  port: number
  /** Over TLS. */
  tls: boolean
  username: string | undefined
  password: string | undefined
  /** The number of the database. */
  database: number
}

const DEFAULT_PORT = 6379

/** What `redis://` and `rediss://` URLs say; null for any other text. */
export function readRedisUrl(text: string): RedisAddress | null {
  const url = URL.parse(text)
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || url.search || url.hash) return null
  const [, database] = /^(?:\/(\d{0,5}))?$/.exec(url.pathname) ?? [null, null]
  const [username, password] = [decoded(url.username), decoded(url.password)]
  if (database === null || username === null || password === null) return null
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    tls: url.protocol === 'rediss:',
    username: username || undefined,
    password: password || undefined,
    database: Number(database ?? 0),
  }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
