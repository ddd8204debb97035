import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { GOOD_PASSWORD } from '../testing.ts'
import { HONOURED_WITHIN_MILLISECONDS } from '../until.testing.ts'
import { addUser, latchkey, newFolder, type Server, serve, until } from './process.testing.ts'

describe('sessions, beside a running server', () => {
  let folder: string
  let server: Server
  before(async () => {
    folder = await newFolder()
    await addUser(folder, 'ada')
    await addUser(folder, 'Grace')
    await addUser(folder, 'idle')
    server = await serve(folder)
  })
  const sessions = (...args: string[]) => latchkey(folder, ['sessions', ...args])
  const sidOf = async (cookie: string): Promise<string> => (await (await server.session(cookie)).json()).sid
  const isLive = async (cookie: string) => (await server.session(cookie)).status === 200

  async function assertOverSince(doneAt: number, cookie: string) {
    await until('the session is over', async () => !(await isLive(cookie)))
    assert.ok(performance.now() - doneAt < HONOURED_WITHIN_MILLISECONDS)
  }

  it('list is a table for people, and JSON for scripts', async () => {
    const [ada, grace] = [await server.signIn('ada'), await server.signIn('grace')]
    const [adaSid, graceSid] = [await sidOf(ada), await sidOf(grace)]
    const { code, stdout } = await sessions('list')
    assert.equal(code, 0)
    const [headings, newest, older] = stdout.split('\n')
    assert.match(headings ?? '', /^SID +USER +DEVICE +ADDRESS +STARTED +LAST SEEN +ENDS$/)
    assert.match(newest ?? '', new RegExp(`^${graceSid} +Grace +\\S.* (127\\.0\\.0\\.1|::1) .*Z$`))
    assert.match(older ?? '', new RegExp(`^${adaSid} +ada `))

    const listed = JSON.parse((await sessions('list', '--json')).stdout)
    assert.deepEqual(
      listed.map(({ sid, username }: { sid: string; username: string }) => [sid, username]),
      [
        [graceSid, 'Grace'],
        [adaSid, 'ada'],
      ],
    )
    assert.equal(listed[0].ends_at - listed[0].started_at, 12 * 3600)

    const ofAda = JSON.parse((await sessions('list', '--user', 'ADA', '--json')).stdout)
    assert.deepEqual(
      ofAda.map(({ sid }: { sid: string }) => sid),
      [adaSid],
    )
  })

  it('list --json tells what carries a session, and whether the device is remembered', async () => {
    const fields = { username: 'grace', password: GOOD_PASSWORD }
    await sessions('end', '--user', 'grace')
    for (const [path, remember] of [
      ['/signin', false],
      ['/signin', true],
      ['/login', false],
    ] as const)
      assert.equal((await server.post(path, { ...fields, ...(remember && { remember }) })).status, 200)
    const listed = JSON.parse((await sessions('list', '--user', 'grace', '--json')).stdout)
    assert.deepEqual(
      listed
        .map(
          ({ carrier, remembered }: { carrier: string; remembered: boolean }) => `${carrier} ${remembered}`,
        )
        .toSorted(),
      ['bearer false', 'cookie false', 'cookie true'],
    )
  })

  it('list says when a user is not signed in, or not there', async () => {
    assert.equal((await sessions('list', '--user', 'idle')).stdout, 'idle is not signed in.\n')
    assert.equal((await sessions('list', '--user', 'idle', '--json')).stdout, '[]\n')
    const { code, stderr } = await sessions('list', '--user', 'nobody')
    assert.deepEqual({ code, stderr }, { code: 1, stderr: 'There is no user nobody.\n' })
  })

  it('end SID ends that session within a second, and no other', async () => {
    const [ended, other] = [await server.signIn('ada'), await server.signIn('ada')]
    const sid = await sidOf(ended)
    const { code, stdout } = await sessions('end', sid)
    const doneAt = performance.now()
    assert.deepEqual({ code, stdout }, { code: 0, stdout: `Ended session ${sid}.\n` })
    await assertOverSince(doneAt, ended)
    assert.ok(await isLive(other))
  })

  it('end SID is refused for a session that is not there or is over', async () => {
    const cookie = await server.signIn('ada')
    const sid = await sidOf(cookie)
    await sessions('end', sid)
    for (const none of [sid, 'nonsense', '01900000-0000-7000-8000-000000000000']) {
      const { code, stdout, stderr } = await sessions('end', none)
      assert.deepEqual(
        { code, stdout, stderr },
        { code: 1, stdout: '', stderr: `There is no session ${none}, or it was ended before.\n` },
      )
    }
  })

  it('end --user ends all of that user within a second, and no other', async () => {
    await sessions('end', '--user', 'ada')
    const mine = [await server.signIn('ada'), await server.signIn('ada')]
    const other = await server.signIn('grace')
    const { code, stdout } = await sessions('end', '--user', 'ADA')
    const doneAt = performance.now()
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'Ended 2 sessions of ada.\n' })
    for (const cookie of mine) await assertOverSince(doneAt, cookie)
    assert.ok(await isLive(other))
    assert.equal((await sessions('end', '--user', 'ada')).stdout, 'Ended 0 sessions of ada.\n')
  })

  it('end --all ends those of everybody, refresh tokens too, and what is begun then goes on', async () => {
    const cookies = [await server.signIn('ada'), await server.signIn('grace')]
    const login = { username: 'grace', password: GOOD_PASSWORD }
    const { refresh_token } = await (await server.post('/login', login)).json()
    const { code, stdout } = await sessions('end', '--all')
    const doneAt = performance.now()
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'Ended all sessions: everybody signs in again.\n' })
    for (const cookie of cookies) await assertOverSince(doneAt, cookie)
    assert.equal((await server.post('/token/refresh', { refresh_token })).status, 401)
    assert.equal((await sessions('list')).stdout, 'Nobody is signed in.\n')
    assert.match((await latchkey(folder, ['audit'])).stdout, /session\.all_ended/)
    assert.doesNotMatch((await latchkey(folder, ['audit'])).stdout, /reuse/)
    assert.ok(await isLive(await server.signIn('ada')))
    await until('the log tells', () => /another epoch has begun/.test(server.said.stdout))
  })

  it('end is told one of a session, a user, or all', async () => {
    for (const args of [[], ['--all', '--user', 'ada'], ['some-sid', '--all']]) {
      const { code, stderr } = await sessions('end', ...args)
      assert.equal(code, 2)
      assert.match(stderr, /give a session id, or --user, or --all/)
    }
  })
})
