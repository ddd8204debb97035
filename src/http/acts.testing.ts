import { GOOD_PASSWORD } from '../testing.ts'
import { FROM_TEST, type Latchkey, openApp, REFRESH_COOKIE } from './requests.testing.ts'

/** For tests only: acts of people and scripts, and what each leaves in the audit log. */

const post = { method: 'POST' } as const
const good = { username: 'user1', password: GOOD_PASSWORD }
const change = { current_password: GOOD_PASSWORD, new_password: 'another plain sentence' }
const wrong = { current_password: 'wrong', new_password: 'another plain sentence' }

/** A page, a device that stays signed in and a script of one user, beside others. */
export async function openWithAll() {
  const latchkey = await openApp()
  await latchkey.addUser('disabled')
  await latchkey.deps.accounts.change(await latchkey.addUser('disabled'), { status: 'disabled' }, FROM_TEST)
  const [page, device, script] = [
    await latchkey.begin(),
    await latchkey.beginRemembered(),
    await latchkey.beginPair(),
  ]
  await latchkey.begin('user2')
  return { ...latchkey, page, device, script, user: await latchkey.addUser() }
}
export type All = Awaited<ReturnType<typeof openWithAll>>
type Holder = 'page' | 'device' | 'script'

/** An event: what happened, why, and whose session it is about where it is not a new one. */
type Told = [event: string, reason?: string | null, of?: Holder | 'new' | null]

const trade = ({ ask }: Latchkey, refresh_token: string) => ask('/token/refresh', { json: { refresh_token } })
const renewTwice = async (all: All) => {
  const { body } = await trade(all, all.script.refreshToken)
  await trade(all, JSON.parse(body).refresh_token)
}
const byPage = ({ page }: All) => ({ cookie: page.cookie })

/** What is told of each act; `before` is done before one begins to listen. */
export const ACTS: Record<
  string,
  { before?(all: All): Promise<unknown>; act(all: All): Promise<unknown>; told: Told[] }
> = {
  'POST /login': {
    act: ({ ask }) => ask('/login', { json: good }),
    told: [['sign_in.succeeded', null, 'new']],
  },
  'POST /login, wrong password': {
    act: ({ ask }) => ask('/login', { json: { ...good, password: 'wrong' } }),
    told: [['sign_in.failed', 'wrong-password', null]],
  },
  'POST /login, disabled': {
    act: ({ ask }) => ask('/login', { json: { ...good, username: 'disabled' } }),
    told: [['sign_in.failed', 'disabled', null]],
  },
  'POST /login, nobody of that name': {
    act: ({ ask }) => ask('/login', { json: { ...good, username: 'nobody' } }),
    told: [['sign_in.failed', 'unknown-user', null]],
  },
  'POST /login, a body that is none': { act: ({ ask }) => ask('/login', { json: {} }), told: [] },
  'POST /v1/auth': {
    act: ({ ask }) => ask('/v1/auth', { json: good }),
    told: [['sign_in.succeeded', null, 'new']],
  },
  'POST /v1/auth by Basic, wrong password': {
    act: ({ ask }) =>
      ask('/v1/auth', { ...post, headers: { authorization: `Basic ${btoa('user1:wrong')}` } }),
    told: [['sign_in.failed', 'wrong-password', null]],
  },
  'POST /v1/auth by Basic that is none': {
    act: ({ ask }) => ask('/v1/auth', { ...post, headers: { authorization: 'Basic x' } }),
    told: [],
  },
  'POST /v1/auth with a password in the URL': {
    act: ({ ask }) => ask(`/v1/auth?${new URLSearchParams(good)}`, { json: good }),
    told: [],
  },
  'PUT /v1/auth': {
    async act({ ask }) {
      const { body: bearer } = await ask('/v1/auth', { json: good })
      await ask('/v1/auth', { method: 'PUT', bearer })
    },
    told: [
      ['sign_in.succeeded', null, 'new'],
      ['session.refreshed', null, 'new'],
    ],
  },
  'PUT /v1/auth of a session that has a refresh token': {
    act: ({ ask, script }) => ask('/v1/auth', { method: 'PUT', bearer: script.token }),
    told: [],
  },
  'POST /token/refresh': {
    act: (all) => trade(all, all.script.refreshToken),
    told: [['session.refreshed', null, 'script']],
  },
  'POST /token/refresh, the same token again at once': {
    before: (all) => trade(all, all.script.refreshToken),
    act: (all) => trade(all, all.script.refreshToken),
    told: [],
  },
  'POST /token/refresh, twenty at once': {
    act: (all) => Promise.all(Array.from({ length: 20 }, () => trade(all, all.script.refreshToken))),
    told: [['session.refreshed', null, 'script']],
  },
  'POST /token/refresh, a made-up token': {
    act: (all) => trade(all, `${all.script.sid}.${'A'.repeat(43)}.${'A'.repeat(43)}`),
    told: [],
  },
  'POST /token/refresh, a displaced token, twenty times at once': {
    before: renewTwice,
    act: (all) => Promise.all(Array.from({ length: 20 }, () => trade(all, all.script.refreshToken))),
    told: [
      ['session.ended', 'reuse', 'script'],
      ['refresh.reuse_detected', null, 'script'],
    ],
  },
  'POST /logout by Bearer, twice': {
    async act({ ask, script }) {
      for (const _ of [1, 2]) await ask('/logout', { ...post, bearer: script.token })
    },
    told: [['session.ended', 'signed-out', 'script']],
  },
  'POST /logout by refresh cookie, twice': {
    async act({ ask, device }) {
      for (const _ of [1, 2]) await ask('/logout', { ...post, cookie: device.refreshCookie })
    },
    told: [['session.ended', 'signed-out', 'device']],
  },
  'a page, renewed by its refresh cookie': {
    act: ({ ask, device }) => ask('/welcome', { cookie: device.refreshCookie }),
    told: [['session.refreshed', null, 'device']],
  },
  'a page, with a refresh cookie that is none': {
    act: ({ ask }) => ask('/welcome', { cookie: `${REFRESH_COOKIE}=x` }),
    told: [],
  },
  'POST /refresh in the window': {
    before: async ({ clock }) => clock.advance(280),
    act: (all) => all.ask('/refresh', { ...post, ...byPage(all) }),
    told: [['session.refreshed', null, 'page']],
  },
  'POST /refresh too early': {
    act: (all) => all.ask('/refresh', { ...post, ...byPage(all) }),
    told: [],
  },
  'POST /sessions/:sid/end, twice': {
    async act(all) {
      for (const _ of [1, 2]) await all.ask(`/sessions/${all.script.sid}/end`, { ...post, ...byPage(all) })
    },
    told: [['session.ended', 'ended-elsewhere', 'script']],
  },
  'POST /sessions/:sid/end of its own': {
    act: (all) => all.ask(`/sessions/${all.page.sid}/end`, { ...post, ...byPage(all) }),
    told: [['session.ended', 'signed-out', 'page']],
  },
  'POST /sessions/end-others, twice': {
    async act(all) {
      for (const _ of [1, 2]) await all.ask('/sessions/end-others', { ...post, ...byPage(all) })
    },
    told: [
      ['session.ended', 'ended-elsewhere', 'device'],
      ['session.ended', 'ended-elsewhere', 'script'],
    ],
  },
  'POST /signin in place of another session': {
    act: (all) => all.ask('/signin', { form: good, ...byPage(all) }),
    told: [
      ['sign_in.succeeded', null, 'new'],
      ['session.ended', 'replaced', 'page'],
    ],
  },
  'POST /account/confirm': {
    act: (all) => all.ask('/account/confirm', { form: { password: GOOD_PASSWORD }, ...byPage(all) }),
    told: [
      ['sign_in.succeeded', null, 'new'],
      ['session.ended', 'replaced', 'page'],
    ],
  },
  'POST /account/confirm, wrong password': {
    act: (all) => all.ask('/account/confirm', { form: { password: 'wrong' }, ...byPage(all) }),
    told: [['sign_in.failed', 'wrong-password', null]],
  },
  'POST /account/password, wrong current one': {
    act: (all) => all.ask('/account/password', { form: wrong, ...byPage(all) }),
    told: [['password.refused', 'wrong-password', null]],
  },
  'POST /account/password, a weak new one': {
    act: (all) => all.ask('/account/password', { form: { ...change, new_password: 'x' }, ...byPage(all) }),
    told: [],
  },
  'POST /account/password': {
    act: (all) => all.ask('/account/password', { form: change, ...byPage(all) }),
    told: [
      ['password.changed', null, null],
      ['session.ended', 'password-changed', 'page'],
      ['session.ended', 'password-changed', 'device'],
      ['session.ended', 'password-changed', 'script'],
      ['sign_in.succeeded', null, 'new'],
    ],
  },
  'a request of another origin': {
    act: ({ ask }) => ask('/login', { json: good, headers: { origin: 'https://evil.test' } }),
    told: [],
  },
}
