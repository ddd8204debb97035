import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { addUser, newFolder, type Server, serve, until } from '../../src/cli/process.testing.ts'
import { freePort } from '../../src/free-port.testing.ts'
import { GOOD_PASSWORD } from '../../src/testing.ts'
import { spawnTodo, startTodo } from './main.testing.ts'
import { ACCOUNT, startMessagesApi } from './messages-api.testing.ts'

const skip = process.platform === 'win32' && 'a process cannot be asked to stop there'

const json = (response: Response) => response.json() as Promise<Record<string, string>>
const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token}` })

describe('the app as a program of its own', { skip }, () => {
  let folder: string
  let latchkey: Server
  let todoPort: number

  before(async () => {
    folder = await newFolder()
    todoPort = await freePort()
    await addUser(folder, 'user1')
    latchkey = await serve(folder, {
      RETURN_TO: `http://localhost:${todoPort}`,
      TRUSTED_PROXIES: '127.0.0.1,::1',
    })
  })

  const login = async () =>
    json(await latchkey.post('/login', { username: 'user1', password: GOOD_PASSWORD }))

  it('checks tokens by itself, by cookie or Bearer, until the session has ended; the list outlives it', async () => {
    const settings = { LATCHKEY_URL: latchkey.url }
    const first = await startTodo('main.ts', folder, settings)
    const { access_token: token } = await login()
    const added = await first.post('buy milk', bearer(token))
    assert.equal(added.status, 201)
    const cookie = await latchkey.signIn('user1')
    assert.deepEqual(await json(await first.list({ cookie })), { todos: [await json(added)] })
    assert.equal((await first.post('not ours', { cookie, origin: latchkey.url })).status, 403)

    await fetch(`${latchkey.url}/logout`, { method: 'POST', headers: bearer(token) })
    await until('the app heard of the sign-out', async () => (await first.list(bearer(token))).status === 401)
    for (const [path, method] of [
      ['/x', 'GET'],
      ['/todo', 'PUT'],
    ] as const) {
      const nothing = await fetch(`${first.url}${path}`, { method })
      assert.deepEqual([nothing.status, (await json(nothing)).code], [404, 'not_found'])
    }
    assert.equal(await first.stop(), 0)
    assert.equal(first.said.stderr, '')

    const second = await startTodo('main.ts', folder, settings)
    assert.equal((await json(await second.list({ cookie }))).todos?.length, 1)
    await second.stop()
  })

  it('sends a browser to sign in, and Latchkey sends it back', async () => {
    const todo = await startTodo('main.ts', folder, { LATCHKEY_URL: latchkey.url }, todoPort)
    const as = (headers = {}) => ({
      headers: { accept: 'text/html', ...headers },
      redirect: 'manual' as const,
    })
    const away = await fetch(`${todo.url}/todo`, as())
    assert.equal(away.status, 303)
    const signIn = away.headers.get('location') ?? ''
    assert.ok(signIn.startsWith(`${latchkey.url}/signin?next=`))
    const cookie = await latchkey.signIn('user1')
    const back = await fetch(signIn, as({ cookie }))
    assert.deepEqual([back.status, back.headers.get('location')], [303, `${todo.url}/todo`])
    assert.equal((await fetch(`${todo.url}/todo`, as({ cookie }))).status, 200)
    await todo.stop()
  })

  it('behind a proxy it takes who asks from Remote-Assertion, and from nothing else', async () => {
    const settings = { LATCHKEY_URL: latchkey.url, TODO_DATABASE: ':memory:' }
    const todo = await startTodo('main-behind-proxy.ts', folder, settings, todoPort)
    const { access_token: token } = await login()
    const cookie = await latchkey.signIn('user1')
    // What nginx asks, and passes on.
    const asked = await fetch(`${latchkey.url}/forward-auth/nginx`, {
      headers: { ...bearer(token), 'x-original-url': `${todo.url}/todo`, 'x-original-method': 'POST' },
    })
    assert.equal(asked.status, 200)
    const assertion = { 'remote-assertion': asked.headers.get('remote-assertion') ?? '' }

    assert.equal((await todo.post('buy milk', assertion)).status, 201)
    assert.equal((await json(await todo.list(assertion))).todos?.length, 1)
    for (const other of [
      bearer(token),
      { cookie },
      { 'remote-user': 'user1' },
      { 'remote-assertion': token ?? '' },
    ])
      assert.equal((await todo.list(other)).status, 401)
    await todo.stop()
  })

  const withSms = (baseUrl: string) =>
    startTodo('main.ts', folder, {
      ...{ LATCHKEY_URL: latchkey.url, TODO_DATABASE: ':memory:' },
      ...{ VONAGE_API_KEY: ACCOUNT.key, VONAGE_API_SECRET: ACCOUNT.secret },
      ...{ VONAGE_FROM: ACCOUNT.from, VONAGE_TO: `+${ACCOUNT.to}`, VONAGE_BASE_URL: baseUrl },
    })

  it('sends an SMS when a to-do was added, and says nothing of number, secret and title', async () => {
    const { account, asked } = await startMessagesApi('broken', 'accepted')
    const todo = await withSms(account.baseUrl)
    const added = await todo.post('a secret plan', { cookie: await latchkey.signIn('user1') })
    assert.equal(added.status, 201)
    await until('it was sent', () => todo.said.stdout.includes('sms.sent'))
    assert.equal(asked(), 2)
    assert.equal(await todo.stop(), 0)
    for (const hidden of ['7700900', ACCOUNT.secret, 'secret plan'])
      assert.ok(!(todo.said.stdout + todo.said.stderr).includes(hidden), hidden)
  })

  it('answers before the SMS was sent, and when it stops waits for it without trying again', async () => {
    const { account, asked, answerNow } = await startMessagesApi('brokenLate')
    const todo = await withSms(account.baseUrl)
    assert.equal((await todo.post('a plan', { cookie: await latchkey.signIn('user1') })).status, 201)
    await until('the SMS is being sent', () => asked() === 1)
    const stopped = todo.stop()
    await until('it takes nothing new', () =>
      fetch(todo.url).then(
        () => false,
        () => true,
      ),
    )
    answerNow()
    assert.equal(await stopped, 0)
    assert.match(todo.said.stdout, /"event":"sms.failed",.*"tries":1/)
  })

  it('does not start with half of the settings for SMS: 1, each named, no value repeated', async () => {
    const { said, ended } = spawnTodo('main.ts', folder, { VONAGE_API_SECRET: 'a1b2c3d4e5f6', PORT: 'x' })
    assert.equal(await ended, 1)
    assert.equal(said.stdout, '')
    assert.match(said.stderr, /VONAGE_API_KEY and VONAGE_FROM and VONAGE_TO must be set too\.\n/)
    assert.match(said.stderr, /^PORT must/m)
    assert.ok(!said.stderr.includes('a1b2'))
  })

  it('says in a sentence that the port is taken', async () => {
    const { said, ended } = spawnTodo('main.ts', folder, {
      ...{ PORT: latchkey.port, LATCHKEY_URL: latchkey.url, TODO_DATABASE: ':memory:' },
    })
    assert.equal(await ended, 1)
    assert.match(said.stderr, /EADDRINUSE/)
  })
})
