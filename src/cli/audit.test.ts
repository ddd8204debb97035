import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { openStores } from '../stores/open.ts'
import { GOOD_PASSWORD } from '../testing.ts'
import { addUser, latchkey, newFolder, serve } from './process.testing.ts'

interface Line {
  at: number
  event: string
  user_id: string | null
  username: string | null
  sid: string | null
  address: string | null
  reason: string | null
}

const audit = (folder: string, ...args: string[]) => latchkey(folder, ['audit', ...args])
const json = async (folder: string, ...args: string[]): Promise<Line[]> =>
  JSON.parse((await audit(folder, '--json', ...args)).stdout)
const words = (lines: Line[]) =>
  lines.map(({ event, username, reason }) => [event, username, reason].filter(Boolean).join(' '))

describe('audit, after a day at work', () => {
  const WRONG_PASSWORD = 'not the password at all'
  const TYPED_IN_THE_WRONG_FIELD = 'typed in the wrong field'
  let folder: string
  let sid: string
  let goneId: string

  before(async () => {
    folder = await newFolder()
    await addUser(folder, 'Ada')
    goneId = JSON.parse((await addUser(folder, 'gone', '--json')).stdout).id
    const server = await serve(folder)
    const cookie = await server.signIn('ada')
    sid = (await (await server.session(cookie)).json()).sid
    await server.post('/signin', { username: 'ada', password: WRONG_PASSWORD })
    await server.post('/signin', { username: TYPED_IN_THE_WRONG_FIELD, password: GOOD_PASSWORD })
    await server.stop()
    await latchkey(folder, ['users', 'disable', 'ada'])
    await latchkey(folder, ['users', 'delete', 'gone'])
  })

  it('--json tells all of it, newest first, with ids, names, addresses and reasons', async () => {
    const lines = await json(folder)
    assert.deepEqual(words(lines), [
      'user.deleted',
      'session.ended Ada disabled',
      'user.disabled Ada',
      'sign_in.failed unknown-user',
      'sign_in.failed Ada wrong-password',
      'sign_in.succeeded Ada',
      'user.added',
      'user.added Ada',
    ])
    const [deleted, ended, , unknown, , succeeded] = lines
    assert.ok(succeeded)
    const { user_id: adaId, at } = succeeded
    assert.ok(Math.abs(at - Date.now() / 1000) < 60)
    assert.match(succeeded.address ?? '', /^(127\.0\.0\.1|::1)$/)
    assert.deepEqual(succeeded, {
      ...{ at, event: 'sign_in.succeeded', user_id: adaId, username: 'Ada', sid },
      ...{ address: succeeded.address, reason: null },
    })
    assert.deepEqual(deleted, {
      ...{ at: deleted?.at, event: 'user.deleted', user_id: goneId, username: null },
      ...{ sid: null, address: null, reason: null },
    })
    assert.deepEqual([ended?.sid, ended?.user_id, ended?.address], [sid, adaId, null])
    assert.deepEqual([unknown?.user_id, unknown?.username], [null, null])
  })

  it('is a table for people: of a deleted user the id is left', async () => {
    const { code, stdout, stderr } = await audit(folder)
    assert.deepEqual([code, stderr], [0, ''])
    const [headings, deleted, ended, , unknown, , succeeded, ...more] = stdout.trimEnd().split('\n')
    const time = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\dZ'
    const line = (...cells: string[]) => new RegExp(`^${[time, ...cells].join(' +')}$`)
    assert.match(headings ?? '', /^TIME +EVENT +USER +SID +ADDRESS +REASON$/)
    assert.match(deleted ?? '', line('user\\.deleted', goneId, '-', '-', '-'))
    assert.match(ended ?? '', line('session\\.ended', 'Ada', sid, '-', 'disabled'))
    assert.match(unknown ?? '', line('sign_in\\.failed', '-', '-', '(127\\.0\\.0\\.1|::1)', 'unknown-user'))
    assert.match(succeeded ?? '', line('sign_in\\.succeeded', 'Ada', sid, '(127\\.0\\.0\\.1|::1)', '-'))
    assert.equal(more.length, 2)
  })

  it('--user tells of one user, whatever the case of the name, or by the id', async () => {
    const about = await json(folder, '--user', 'ADA')
    assert.equal(about.length, 5)
    assert.ok(about.every(({ username }) => username === 'Ada'))
    assert.deepEqual(await json(folder, '--user', about[0]?.user_id ?? ''), about)
  })

  it('--user finds a deleted user by the id', async () => {
    const about = await json(folder, '--user', goneId)
    assert.deepEqual(words(about), ['user.deleted', 'user.added'])
    assert.ok(about.every(({ user_id }) => user_id === goneId))
  })

  for (const nobody of ['gone', '', '01900000-0000-7000-8000-000000000000'])
    it(`--user is refused for a name or an id that is nobody's: '${nobody}'`, async () => {
      const { code, stdout, stderr } = await audit(folder, '--user', nobody)
      assert.deepEqual([code, stdout, stderr], [1, '', `There is no user ${nobody}.\n`])
    })

  it('--limit gives the newest, also as JSON', async () => {
    const all = await json(folder)
    assert.deepEqual(await json(folder, '--limit', '2'), all.slice(0, 2))
    assert.deepEqual(await json(folder, '--limit', '1', '--user', 'ada'), [all[1]])
    const { stdout } = await audit(folder, '--limit', '2')
    assert.equal(stdout.trimEnd().split('\n').length, 3)
  })

  it('has no password in it, nor what was typed in the place of a name', async () => {
    const log = (await audit(folder)).stdout + (await audit(folder, '--json')).stdout
    for (const secret of [GOOD_PASSWORD, WRONG_PASSWORD, TYPED_IN_THE_WRONG_FIELD, 'argon2'])
      assert.ok(!log.includes(secret))
  })
})

describe('audit', () => {
  it('says when there is nothing, of all or of a user', async () => {
    const folder = await newFolder()
    assert.deepEqual(await audit(folder), { code: 0, stdout: 'The audit log is empty.\n', stderr: '' })
    assert.deepEqual(await json(folder), [])
    await addUser(folder, 'Ada')
    const stores = await openStores({ dataDir: join(folder, 'data') })
    await stores.audit.purge(Number.MAX_SAFE_INTEGER)
    await stores.close()
    const { code, stdout } = await audit(folder, '--user', 'ada')
    assert.deepEqual([code, stdout], [0, 'There is nothing about Ada in the audit log.\n'])
  })

  it('shows 100 lines and says when there are more; --limit and --json give them', async () => {
    const folder = await newFolder()
    const stores = await openStores({ dataDir: join(folder, 'data') })
    const insert = (at: number) =>
      stores.audit.insert([
        {
          ...{ at, event: 'session.refreshed', userId: null, sid: null, address: null },
          reason: `n${at}`,
        },
      ])
    const shown = async (...args: string[]) => {
      const [, ...lines] = (await audit(folder, ...args)).stdout.trimEnd().split('\n')
      return lines.map((line) => /n\d+$/.exec(line)?.[0] ?? line)
    }
    const newest = (n: number) => Array.from({ length: n }, (_, i) => `n${n - i}`)

    for (let at = 1; at <= 100; at++) await insert(at)
    assert.deepEqual(await shown(), newest(100))
    await insert(101)
    assert.deepEqual(await shown(), [
      ...newest(101).slice(0, 100),
      'These are the newest 100: --limit shows more.',
    ])
    assert.deepEqual(await shown('--limit', '500'), newest(101))
    assert.equal((await json(folder)).length, 101)
    await stores.close()
  })
})
