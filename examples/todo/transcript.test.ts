import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { newFolder, start, until } from '../../src/cli/process.testing.ts'
import { freePort } from '../../src/free-port.testing.ts'
import { curlIn, skipWithoutCurl } from './curl.testing.ts'

const USER1 = '{"username":"user1","password":"password1"}'
const BUY_MILK = '{"title":"buy milk"}'

describe('the tutorial, by curl, at the one port of the demo', { skip: skipWithoutCurl }, () => {
  let url: string
  let curl: ReturnType<typeof curlIn>

  before(async () => {
    const folder = await newFolder()
    const port = await freePort()
    const demo = start(folder, ['serve', '--demo'], { PORT: String(port) })
    url = `http://localhost:${port}`
    curl = curlIn(folder)
    await until('the demo has printed its lines', () => {
      if (demo.child.exitCode !== null) throw new Error(`the demo ended: ${demo.said.stderr}`)
      return demo.said.stdout.includes(`${url}/todo`)
    })
  })

  it('with a pair of tokens: sign in, add, list, refresh, sign out, and no old token is good for anything', async () => {
    const as = (token: string | undefined) => ['-H', `Authorization: Bearer ${token}`]

    const login = await curl('-d', USER1, `${url}/login`)
    assert.equal(login.status, 200)
    const first = login.json()

    const added = await curl(...as(first.access_token), '-d', BUY_MILK, `${url}/todo`)
    assert.equal(added.status, 201)
    assert.partialDeepStrictEqual(added.json(), { title: 'buy milk' })
    const list = await curl(...as(first.access_token), `${url}/todo`)
    assert.deepEqual([list.status, list.json()], [200, { todos: [added.json()] }])

    const nobody = await curl('-d', BUY_MILK, `${url}/todo`)
    assert.deepEqual([nobody.status, nobody.json().code], [401, 'not_signed_in'])
    const broken = await curl(...as(first.access_token), '-d', '{"title":', `${url}/todo`)
    assert.deepEqual([broken.status, broken.json().code], [422, 'bad_title'])

    const refreshed = await curl('-d', `refresh_token=${first.refresh_token}`, `${url}/token/refresh`)
    assert.equal(refreshed.status, 200)
    const second = refreshed.json()
    assert.notEqual(second.access_token, first.access_token)
    assert.equal((await curl(...as(second.access_token), '-d', BUY_MILK, `${url}/todo`)).status, 201)

    assert.equal((await curl('-X', 'POST', ...as(second.access_token), `${url}/logout`)).status, 204)
    // At once, though they have minutes to live.
    for (const { access_token: token } of [first, second]) {
      const replayed = await curl(...as(token), '-d', BUY_MILK, `${url}/todo`)
      assert.deepEqual([replayed.status, replayed.json().code], [401, 'session_ended'])
    }
    for (const { refresh_token: token } of [first, second])
      assert.equal((await curl('-d', `refresh_token=${token}`, `${url}/token/refresh`)).status, 401)

    const again = (await curl('-d', USER1, `${url}/login`)).json()
    const kept = await curl(...as(again.access_token), `${url}/todo`)
    assert.equal(JSON.parse(kept.body).todos.length, 2)
    const { id } = added.json()
    assert.equal((await curl('-X', 'DELETE', ...as(again.access_token), `${url}/todo/${id}`)).status, 204)
    assert.equal((await curl('-X', 'DELETE', ...as(again.access_token), `${url}/todo/${id}`)).status, 404)
  })

  it('with a cookie jar: another user has another list, and signed out is signed out', async () => {
    const jar = ['-b', 'jar', '-c', 'jar']
    const signIn = await curl(...jar, '-d', '{"username":"user2","password":"password2"}', `${url}/signin`)
    assert.equal(signIn.status, 200)
    assert.deepEqual((await curl(...jar, `${url}/todo`)).json(), { todos: [] })
    assert.equal((await curl(...jar, '-d', 'title=walk the dog', `${url}/todo`)).status, 201)
    const elsewhere = await curl(...jar, '-H', 'Origin: https://evil.example', '-d', BUY_MILK, `${url}/todo`)
    assert.equal(elsewhere.status, 403)
    const page = await curl(...jar, '-H', 'Accept: text/html', `${url}/todo`)
    assert.equal(page.status, 200)
    assert.match(page.body, /<bdi>user2<\/bdi>.*<bdi>walk the dog<\/bdi>/s)
    // A copy, as a thief would have it.
    const { body } = await curl(...jar, '-v', '--stderr', '-', `${url}/todo`)
    const [, cookie] = /Cookie: (token=[\w.-]+)/.exec(body) ?? []
    assert.ok(cookie)
    assert.equal((await curl(...jar, '-X', 'POST', `${url}/logout`)).status, 204)
    assert.equal((await curl(...jar, `${url}/todo`)).status, 401)
    assert.equal((await curl('-H', `Cookie: ${cookie}`, `${url}/todo`)).status, 401)
  })

  it('a browser that is not signed in is sent to the sign-in page, and from there to its list', async () => {
    const { status, body } = await curl('-i', '-H', 'Accept: text/html', `${url}/todo`)
    assert.equal(status, 303)
    assert.match(body, /^location: \/signin\?next=%2Ftodo\r?$/im)
  })
})
