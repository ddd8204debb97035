import { GOOD_PASSWORD } from '../testing.ts'
import {
  type Answer,
  type Asked,
  type Client,
  COOKIE,
  cookieGiven,
  type Latchkey,
  REFRESH_COOKIE,
} from './requests.testing.ts'

/** For tests only: a browser or a cookie jar. It keeps each cookie it is given, until that expires or is taken away. */
export interface Device {
  ask(path: string, asked?: Asked): Promise<Answer>
  signIn(options?: { username?: string; password?: string; remember?: boolean }): Promise<Answer>
  /** The Cookie header it sends now; undefined when it has none. */
  cookies(): string | undefined
  /** What it has under a name that ends so: `token` or `refresh`. */
  value(ending: 'token' | 'refresh'): string | undefined
  /** Its session, read out of its access token. */
  sid(): string
}

export function openDevice(
  { ask, clock }: Pick<Latchkey, 'ask' | 'clock'>,
  {
    as = 'curl',
    userAgent,
    brings = {},
  }: { as?: Client; userAgent?: string; brings?: Record<string, string> } = {},
): Device {
  const jar = new Map(Object.entries(brings).map(([name, value]) => [name, { value, until: Infinity }]))

  function kept(): [name: string, value: string][] {
    for (const [name, { until }] of jar) if (until <= clock.now()) jar.delete(name)
    return [...jar].map(([name, { value }]) => [name, value])
  }

  function keep(answer: Answer): void {
    for (const line of answer.setCookies) {
      const name = line.slice(0, line.indexOf('='))
      const maxAge = Number(/; Max-Age=(\d+)/.exec(line)?.[1])
      jar.set(name, { value: cookieGiven(answer, name) ?? '', until: clock.now() + maxAge })
    }
  }

  const device: Device = {
    async ask(path, asked = {}) {
      const cookie = device.cookies()
      const headers = { ...(userAgent && { 'user-agent': userAgent }), ...asked.headers }
      const answer = await ask(path, { as, ...(cookie && { cookie }), ...asked, headers })
      keep(answer)
      return answer
    },
    signIn: ({ username = 'user1', password = GOOD_PASSWORD, remember = false } = {}) =>
      device.ask('/signin', { form: { username, password, ...(remember && { remember: 'on' }) } }),
    cookies: () =>
      kept()
        .map((pair) => pair.join('='))
        .join('; ') || undefined,
    value: (ending) => kept().find(([name]) => name.endsWith(ending))?.[1],
    sid: () => claimsOf(device.value('token') ?? '').sid,
  }
  return device
}

/** What becomes of the two cookies: the access token's, and the refresh token's. */
export const fateOf = (answer: Answer): string[] =>
  [COOKIE, REFRESH_COOKIE].map((name) => {
    const value = cookieGiven(answer, name)
    return value === null ? 'left alone' : value === '' ? 'cleared' : 'set'
  })

/** The claims of an access token, unchecked. */
export const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
