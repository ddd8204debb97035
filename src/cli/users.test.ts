import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { GOOD_PASSWORD } from '../testing.ts'
import { HONOURED_WITHIN_MILLISECONDS } from '../until.testing.ts'
import { addUser, latchkey, newFolder, type Server, serve, until } from './process.testing.ts'

const OTHER_PASSWORD = 'another plain sentence'

describe('users', () => {
  let folder: string
  before(async () => {
    folder = await newFolder()
    await addUser(folder, 'Ada', '--role', 'admin', '--email', 'ada@example.org', '--name', 'Ada Lovelace')
  })
  const users = (...args: string[]) => latchkey(folder, ['users', ...args])
  const showJson = async (username: string) => JSON.parse((await users('show', username, '--json')).stdout)

  async function assertRefused(run: ReturnType<typeof latchkey>, sentence: string) {
    const { code, stdout, stderr } = await run
    assert.deepEqual({ code, stdout, stderr }, { code: 1, stdout: '', stderr: `${sentence}\n` })
  }

  it('add makes an account, an ordinary one if nothing else is said, and says so', async () => {
    const { code, stdout, stderr } = await addUser(folder, 'grace')
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'Added grace (user).\n', stderr: '' })
  })

  it('add --json prints the user, and no hash', async () => {
    const { code, stdout } = await addUser(
      folder,
      'json',
      '--json',
      '--phone',
      '+41 44 668 18 00',
      '--name',
      '',
    )
    assert.equal(code, 0)
    const { id, created_at, ...user } = JSON.parse(stdout)
    assert.match(id, /^[0-9a-f-]{36}$/)
    assert.ok(Math.abs(created_at - Date.now() / 1000) < 60)
    assert.deepEqual(user, {
      username: 'json',
      name: null,
      email: null,
      phone: '+41 44 668 18 00',
      role: 'user',
      status: 'active',
    })
  })

  it('add asks on a terminal only, and says what to do without one', () =>
    assertRefused(
      users('add', 'nobody'),
      'There is no terminal to ask for the password on. Give it as one line of standard input, with --password-stdin.',
    ))

  for (const [username, input, options, sentence] of [
    ['ADA', GOOD_PASSWORD, [], 'The username ADA is taken.'],
    ['a b', GOOD_PASSWORD, [], 'A username has 1 to 64 letters, digits and . _ - @'],
    ['new', 'short', [], 'The password is refused. Use at least 15 characters.'],
    ['new', '', [], 'There is no password on standard input.'],
    ['new', GOOD_PASSWORD, ['--email', 'x'], 'The e-mail address is not of the form ada@example.org.'],
  ] as const)
    it(`add is refused with: ${sentence}`, async () => {
      const args = ['users', 'add', username, '--password-stdin', ...options]
      await assertRefused(latchkey(folder, args, { input }), sentence)
      assert.equal((await users('show', 'new')).code, 1)
    })

  it('list is a table for people, and JSON for scripts', async () => {
    const { code, stdout } = await users('list')
    assert.equal(code, 0)
    const [headings, ada] = stdout.split('\n')
    assert.match(headings ?? '', /^USERNAME +NAME +EMAIL +ROLE +STATUS +CREATED$/)
    assert.match(
      ada ?? '',
      /^Ada +Ada Lovelace +ada@example\.org +admin +active +\d{4}-\d\d-\d\d \d\d:\d\dZ$/,
    )
    const listed = JSON.parse((await users('list', '--json')).stdout)
    assert.equal(listed[0].username, 'Ada')
    assert.doesNotMatch(JSON.stringify(listed), /argon2|hash/i)
  })

  it('list names the folder in which nobody has an account', async () => {
    const empty = await newFolder()
    const { code, stdout } = await latchkey(empty, ['users', 'list'])
    assert.equal(code, 0)
    assert.equal(stdout, `Nobody has an account in ${empty}/data yet.\n`)
    assert.equal((await latchkey(empty, ['users', 'list', '--json'])).stdout, '[]\n')
  })

  it('show finds a user whatever the case', async () => {
    const { code, stdout } = await users('show', 'aDA')
    assert.equal(code, 0)
    assert.match(
      stdout,
      /^USERNAME +Ada\nNAME +Ada Lovelace\nEMAIL +ada@example\.org\nPHONE +-\nROLE +admin\n/,
    )
    assert.match(stdout, /\nSESSIONS +0\n/)
    assert.doesNotMatch(stdout, /argon2|hash/i)
  })

  it('set changes what is given, clears what is empty and leaves the rest', async () => {
    await addUser(folder, 'setme', '--email', 'a@example.org', '--name', 'Old')
    const { code, stdout } = await users('set', 'setme', '--role', 'admin', '--email', '', '--phone', '12345')
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'Changed setme.\n' })
    const { role, email, phone, name } = await showJson('setme')
    assert.deepEqual(
      { role, email, phone, name },
      { role: 'admin', email: null, phone: '12345', name: 'Old' },
    )
  })

  it('disable, enable and delete say what they did', async () => {
    await addUser(folder, 'toggled')
    assert.equal((await users('disable', 'TOGGLED')).stdout, 'Disabled toggled.\n')
    assert.equal((await showJson('toggled')).status, 'disabled')
    assert.equal((await users('enable', 'toggled')).stdout, 'Enabled toggled.\n')
    assert.equal((await showJson('toggled')).status, 'active')
    assert.equal((await users('delete', 'toggled')).stdout, 'Deleted toggled.\n')
    await assertRefused(users('show', 'toggled'), 'There is no user toggled.')
    // Nothing that a terminal would act on comes back.
    await assertRefused(users('show', 'no\u001b[31mbody'), 'There is no user no\ufffd[31mbody.')
  })

  it('password is refused when it is weak', () =>
    assertRefused(
      latchkey(folder, ['users', 'password', 'ada', '--password-stdin'], { input: 'short\n' }),
      'The password is refused. Use at least 15 characters.',
    ))

  for (const args of [['show'], ['set', '--name', 'x'], ['disable'], ['enable'], ['delete'], ['password']])
    it(`${args[0]} refuses a user who is not there`, () =>
      assertRefused(users(...args, 'nobody'), 'There is no user nobody.'))

  describe('beside a running server', () => {
    let server: Server
    before(async () => {
      server = await serve(folder)
    })

    for (const [args, sentence, input] of [
      [['disable'], 'Disabled NAME, and ended 2 sessions.'],
      [['delete'], 'Deleted NAME, and ended 2 sessions.'],
      [['set', '--role', 'admin'], 'Changed NAME, and ended 2 sessions.'],
      [
        ['password', '--password-stdin'],
        'Changed the password of NAME, and ended 2 sessions.',
        OTHER_PASSWORD,
      ],
    ] as const)
      it(`${args[0]} ends the user's sessions there within a second`, async () => {
        const username = `beside-${args[0]}`
        await addUser(folder, username)
        const cookies = [await server.signIn(username), await server.signIn(username)]
        for (const cookie of cookies) assert.equal((await server.session(cookie)).status, 200)

        const { code, stdout } = await latchkey(folder, ['users', ...args, username], { input: input ?? '' })
        const doneAt = performance.now()
        assert.deepEqual({ code, stdout }, { code: 0, stdout: `${sentence.replace('NAME', username)}\n` })
        for (const cookie of cookies)
          await until('the session is over', async () => (await server.session(cookie)).status === 401)
        assert.ok(performance.now() - doneAt < HONOURED_WITHIN_MILLISECONDS)
      })

    it('a disabled user cannot sign in until enabled again', async () => {
      await addUser(folder, 'door')
      const status = async () =>
        (await server.post('/signin', { username: 'door', password: GOOD_PASSWORD })).status
      assert.equal(await status(), 200)
      await users('disable', 'door')
      assert.equal(await status(), 401)
      await users('enable', 'door')
      assert.equal(await status(), 200)
    })

    it('a new password replaces the old one', async () => {
      await addUser(folder, 'fresh')
      await latchkey(folder, ['users', 'password', 'fresh', '--password-stdin'], { input: OTHER_PASSWORD })
      const status = async (password: string) =>
        (await server.post('/signin', { username: 'fresh', password })).status
      assert.equal(await status(GOOD_PASSWORD), 401)
      assert.equal(await status(OTHER_PASSWORD), 200)
    })
  })
})
