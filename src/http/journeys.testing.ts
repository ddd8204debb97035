import assert from 'node:assert/strict'
import { GOOD_PASSWORD } from '../testing.ts'
import { openDevice } from './device.testing.ts'
import { type Answer, type Asked, FROM_TEST, type Latchkey } from './requests.testing.ts'

/** For tests only: all that people and scripts do with sessions, once each, and every secret that it took or gave. */

const OPERATORS_PASSWORD = 'a sentence of the operator'
const WRONG = 'a wrong sentence as password'
const POST = { method: 'POST' } as const

export interface Journey {
  /** Passwords, access tokens and refresh tokens, as they were sent or handed out. */
  passwords: Set<string>
  tokens: Set<string>
  /** The refresh tokens that are live at the end: what a store must know of. */
  live: string[]
}

export async function doEverything(latchkey: Latchkey): Promise<Journey> {
  const { clock, deps } = latchkey
  const passwords = new Set([GOOD_PASSWORD, OPERATORS_PASSWORD, WRONG])
  const tokens = new Set<string>()

  /** Asks, and keeps every token of the answer: of its cookies, of the pair in its body, and one that is the body. */
  async function ask(path: string, asked: Asked = {}): Promise<Answer> {
    const answer = await latchkey.ask(path, asked)
    for (const line of answer.setCookies) tokens.add(line.slice(line.indexOf('=') + 1, line.indexOf(';')))
    if (answer.body.includes('"access_token"')) {
      const { access_token, refresh_token } = JSON.parse(answer.body)
      tokens.add(access_token).add(refresh_token)
    }
    if (answer.headers.get('content-type') === 'application/jwt') tokens.add(answer.body)
    return answer
  }
  const device = (as: 'browser' | 'curl') => openDevice({ ask, clock }, { as })
  const pairOf = ({ body }: Answer): { access_token: string; refresh_token: string } => JSON.parse(body)
  const trade = (refresh_token: string) => ask('/token/refresh', { json: { refresh_token } })
  const password = (text: string) => {
    passwords.add(text)
    return text
  }

  const code = await deps.setup.open()
  assert.ok(code)
  passwords.add(code)
  await ask('/setup', { form: { code, username: 'admin', password: GOOD_PASSWORD } })
  for (const username of ['user1', 'user2', 'user3']) await latchkey.addUser(username)

  // A script: a pair, renewed, retried, renewed after a lost answer, and stolen.
  const good = { username: 'user1', password: GOOD_PASSWORD }
  await ask('/login', { json: { ...good, password: WRONG } })
  const stolen = pairOf(await ask('/login', { json: good }))
  const next = pairOf(await trade(stolen.refresh_token))
  await trade(stolen.refresh_token)
  clock.advance(11)
  await trade(pairOf(await trade(stolen.refresh_token)).refresh_token)
  await trade(next.refresh_token)
  const script = pairOf(await ask('/login', { form: good }))
  for (const path of ['/welcome', '/session', '/sessions', '/account'])
    await ask(path, { bearer: script.access_token })
  await trade(`${script.refresh_token.slice(0, -43)}${'A'.repeat(43)}`)
  await ask('/logout', { ...POST, bearer: script.access_token })
  await trade(script.refresh_token)

  // A script that has a bare token: for a password in the body, by Basic, in the wrong places; then renewed, and signed out.
  const basic = (password: string) => ({ authorization: `Basic ${btoa(`user1:${password}`)}` })
  for (const headers of [basic(WRONG), basic(GOOD_PASSWORD), { authorization: `Basic ${GOOD_PASSWORD}` }])
    await ask('/v1/auth', { ...POST, headers })
  await ask(`/v1/auth?${new URLSearchParams({ ...good, password: password('a sentence in the URL') })}`, POST)
  const { body: bare } = await ask('/v1/auth', { json: good })
  const { body: renewed } = await ask('/v1/auth', {
    method: 'PUT',
    headers: { authorization: `JWT ${bare}` },
  })
  for (const path of ['/v1/me', '/v1/sample', '/welcome']) await ask(path, { bearer: renewed })
  await ask(`/v1/auth?token=${renewed}`, { method: 'PUT', bearer: renewed })
  await ask('/v1/auth', { method: 'PUT', bearer: script.access_token })
  await ask('/logout', { ...POST, bearer: renewed })

  // A browser that stays signed in, and one that does not.
  const [home, library] = [device('browser'), device('browser')]
  await home.signIn({ password: WRONG, remember: true })
  await home.signIn({ remember: true })
  await library.signIn()
  clock.advance(280)
  await library.ask('/refresh', POST)
  await home.ask('/refresh', POST)
  clock.advance(3600)
  for (const path of ['/', '/signin', '/welcome', '/sessions', '/account', '/account/password', '/logout'])
    await home.ask(path)
  await library.ask('/welcome')
  await library.signIn({ remember: true })
  await home.ask(`/sessions/${library.sid()}/end`, POST)
  await library.ask('/welcome')
  await library.signIn({ remember: true })

  // A new password, asked for again first; then the operator's; and tokens in the wrong places.
  const change = (to: string) => ({
    form: { current_password: GOOD_PASSWORD, new_password: password(to) },
  })
  await home.ask('/account/password', change('a sentence that came too late'))
  await home.ask('/account/confirm', { form: { password: WRONG, next: '/account/password' } })
  await home.ask('/account/confirm', { form: { password: GOOD_PASSWORD, next: '/account/password' } })
  await home.ask('/account/password', change('too short'))
  await home.ask('/account/password', { form: { current_password: WRONG, new_password: WRONG } })
  await home.ask('/account/password', change('a new sentence of user1'))
  const user2 = { username: 'user2', password: GOOD_PASSWORD }
  const changing = pairOf(await ask('/login', { json: user2 }))
  await ask('/account/password', { bearer: changing.access_token, ...change('a new sentence of user2') })
  await deps.accounts.setPassword(await latchkey.addUser('user2'), OPERATORS_PASSWORD, FROM_TEST)
  for (const token of [...tokens].slice(0, 12)) {
    await ask('/welcome', { bearer: token })
    await ask('/welcome', { cookie: `__Host-token=${token}; __Host-refresh=${token}` })
    await ask('/logout', { ...POST, cookie: `__Host-refresh=${token.slice(0, -9)}wrong-tag` })
  }
  await library.signIn({ username: 'user2', password: OPERATORS_PASSWORD, remember: true })
  await library.ask('/sessions/end-others', POST)

  const last = pairOf(await ask('/login', { json: { username: 'user3', password: GOOD_PASSWORD } }))
  const live = [home.value('refresh'), library.value('refresh'), last.refresh_token]
  tokens.delete('')
  return { passwords, tokens, live: live.map((token) => token ?? assert.fail('not signed in')) }
}
