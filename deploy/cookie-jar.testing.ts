import type { Clock } from '../src/lib/clock.ts'

/** For tests only. */

interface Kept {
  name: string
  value: string
  /** Of this host alone, or of it and all below it. */
  host: string
  isHostOnly: boolean
  until: number
}

/** Keeps cookies as a browser does (RFC 6265bis 5.6), by the clock of the test: host-only or of a domain, and not for longer than they last. */
export function createCookieJar(clock: Clock) {
  const kept = new Map<string, Kept>()
  const reaches = ({ host, isHostOnly }: Kept, asked: string) =>
    asked === host || (!isHostOnly && asked.endsWith(`.${host}`))
  return {
    /** What `host` has set. */
    take(host: string, setCookies: readonly string[]): void {
      for (const line of setCookies) {
        const [pair = '', ...attributes] = line.split(/; */)
        const [name = '', value = ''] = pair.split(/=(.*)/)
        const read = (wanted: string) =>
          attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1)
        const domain = read('domain')
        // None may be set for others.
        if (domain && !`.${host}`.endsWith(`.${domain}`)) continue
        const until = clock.now() + Number(read('max-age') ?? Infinity)
        kept.set(`${name} ${domain ?? host}`, {
          name,
          value,
          host: domain ?? host,
          isHostOnly: !domain,
          until,
        })
      }
    },
    /** The Cookie header for `host`; none when there is nothing to send. */
    for(host: string): [['Cookie', string]] | [] {
      const sent = [...kept.values()].filter((one) => reaches(one, host) && one.until > clock.now())
      return sent.length === 0
        ? []
        : [['Cookie', sent.map(({ name, value }) => `${name}=${value}`).join('; ')]]
    },
  }
}
