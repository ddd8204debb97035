import type { Context } from 'hono'
import type { Config } from '../config.ts'
import { hashSecret } from '../lib/hash-secret.ts'
import type { Answers } from './answers.ts'
import type { SessionCookies } from './cookies.ts'
import type { AppEnv } from './env.ts'
import { PROBLEMS } from './problems.ts'
import type { Refuse } from './refuse.ts'

const MOST_TIMES = 3
const WITHIN_SECONDS = 10
const COUNT = /^([1-3])\.([\w-]+)$/

export interface SendBackNeeds {
  config: Pick<Config, 'publicUrl'>
  answers: Answers
  cookies: SessionCookies
  refuse: Refuse
}

/**
 * Sends a browser whose session is good back to where it came from. When that place sends it here again at once, it does not see what
 * we see (the cookie does not reach it, or not alone), and for ever would not: after three times a page says so.
 */
export function createSendBack({ config, answers, cookies, refuse }: SendBackNeeds) {
  const { sentBack } = cookies

  function timesSentTo(place: string, header: string | undefined): number {
    const read = sentBack.read(header)
    const [, times, lately] = (read.kind === 'one' && COUNT.exec(read.value)) || []
    return lately === place ? Number(times) : 0
  }

  return function sendBack(c: Context<AppEnv>, next: string): Response {
    // A client with a token in a header follows no redirects, and keeps no cookies.
    if (c.get('session').by !== 'cookie') return answers.redirect(next)
    const place = hashSecret(next)
    const times = timesSentTo(place, c.req.header('cookie'))
    if (times < MOST_TIMES)
      return sentBack.set(answers.redirect(next), `${times + 1}.${place}`, WITHIN_SECONDS)
    const { origin } = new URL(next, config.publicUrl)
    return sentBack.clear(
      refuse(c, {
        ...PROBLEMS.notTakenThere,
        detail: `${PROBLEMS.notTakenThere.detail} Try again; if that does not help, delete the cookies of ${origin}. If you run this server, npx latchkey doctor --url ${origin} says what to look at.`,
        back: { href: next, label: 'Try again' },
      }),
    )
  }
}
