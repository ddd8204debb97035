const PARTS = ['username', 'password', 'hostname', 'pathname'] as const

/** Whether it is the URL of a Postgres database: all that stands in it can be read, and nothing was cut off by a `#`. */
export function isDatabaseUrl(text: string): boolean {
  const url = URL.parse(text)
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) return false
  return (
    url.hostname !== '' &&
    url.pathname.length > 1 &&
    !url.hash &&
    PARTS.every((part) => isReadable(url[part]))
  )
}

/** A `%` in a password that was not written as `%25` makes it another one, or none. */
function isReadable(part: string): boolean {
  try {
    return !decodeURIComponent(part).includes('\0')
  } catch {
    return false
  }
}
