import { GOOD_PASSWORD } from '../src/testing.ts'
import { ask, type Header } from './ask.testing.ts'
import { createCookieJar } from './cookie-jar.testing.ts'
import { APP_HOST, AUTH_HOST, type Site } from './forward-auth.testing.ts'

/** For tests only: those who ask, each as far as they have come. */

const LONGER_THAN_A_TOKEN_SECONDS = 301

export type People = Awaited<ReturnType<typeof signInPeople>>

/** Signs them in through the proxy, as browsers do. */
export async function signInPeople(site: Site) {
  async function signIn(username: string, remember = false) {
    const answer = await ask(site, 'POST', '/signin', {
      headers: [['Content-Type', 'application/json']],
      body: JSON.stringify({ username, password: GOOD_PASSWORD, remember }),
      atLatchkey: true,
    })
    if (answer.status !== 200)
      throw new Error(`${username} is not signed in: ${answer.status} ${answer.text}`)
    const jar = createCookieJar(site.clock)
    jar.take(AUTH_HOST, answer.setCookies)
    return jar
  }
  const cookieOf = (jar: { for(host: string): Header[] }): Header => {
    const [cookie] = jar.for(APP_HOST)
    if (!cookie) throw new Error('no cookie reaches the app')
    return cookie
  }

  const remembered = await signIn('ada', true)
  // What a browser whose clock is slow goes on sending.
  const expired = cookieOf(remembered)
  site.clock.advance(LONGER_THAN_A_TOKEN_SECONDS)

  const ended = await signIn('alan')
  const alan = await site.deps.accounts.findByName('alan')
  if (alan) await site.deps.endings.allOf(alan.id, 'ended-elsewhere', { address: null })

  const login = await ask(site, 'POST', '/login', {
    headers: [['Content-Type', 'application/json']],
    body: JSON.stringify({ username: 'ada', password: GOOD_PASSWORD }),
    atLatchkey: true,
  })
  return {
    /** The browser of one whose access token has expired, and who stays signed in. */
    remembered,
    /** For all others their Cookie header. */
    expired,
    revoked: cookieOf(ended),
    ada: cookieOf(await signIn('ada')),
    grace: cookieOf(await signIn('grace')),
    root: cookieOf(await signIn('root')),
    /** An access token of ada's, as a program holds it. */
    bearer: String(JSON.parse(login.text).access_token),
  }
}
