import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { before, describe, it } from 'node:test'
import { LEFT_OUT, testPostgres } from '../stores/services.testing.ts'
import { GOOD_PASSWORD } from '../testing.ts'
import { addUser, type Environment, latchkey, newFolder, serve, start } from './process.testing.ts'

const postgres = await testPostgres()

const exportFrom = (folder: string, environment: Environment = {}) =>
  latchkey(folder, ['export'], environment)
const importInto = (folder: string, input: string, environment: Environment = {}, ...options: string[]) =>
  latchkey(folder, ['import', ...options], { input, ...environment })

describe('export and import', () => {
  let from: string
  let file: string
  before(async () => {
    from = await newFolder()
    await addUser(from, 'Ünal', '--role', 'admin', '--email', 'unal@example.org', '--name', 'Ünal Ö.')
    await addUser(from, 'bob')
    const server = await serve(from)
    await server.signIn('bob')
    await server.post('/signin', { username: 'bob', password: 'not the password at all' })
    await server.stop()
    await latchkey(from, ['users', 'disable', 'Ünal'])
    file = (await exportFrom(from)).stdout
  })

  it('export writes lines of JSON, and says on standard error what is in them', async () => {
    const { code, stdout, stderr } = await exportFrom(from)
    assert.equal(code, 0)
    assert.equal(stdout, file)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(lines[0], { format: 'latchkey-export', version: 1 })
    const events = lines.length - 4
    assert.deepEqual(lines.at(-1), { kind: 'end', users: 2, events })
    assert.deepEqual(
      lines.slice(1, 3).map(({ username }) => username),
      ['bob', 'Ünal'],
    )
    assert.match(stderr, new RegExp(`^Wrote 2 users and ${events} lines of the audit log\\.\n`))
    assert.match(stderr, /It holds password hashes/)
    assert.match(stderr, /Sessions are not in it/)
  })

  it('import brings people and the audit log to another machine, where the same password is theirs', async () => {
    const to = await newFolder()
    const { code, stdout, stderr } = await importInto(to, file)
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^Took in 2 users and \d+ lines of the audit log\.\nSessions are not carried over/)
    const users = async (folder: string) => (await latchkey(folder, ['users', 'list', '--json'])).stdout
    assert.equal(await users(to), await users(from))
    const audit = async (folder: string) => (await latchkey(folder, ['audit', '--json'])).stdout
    assert.equal(await audit(to), await audit(from))
    const server = await serve(to)
    assert.deepEqual(server.setupLinks(), [])
    await server.signIn('bob', GOOD_PASSWORD)
    const disabled = await server.post('/signin', { username: 'Ünal', password: GOOD_PASSWORD })
    assert.equal(disabled.status, 401)
    await server.stop()
  })

  it('from SQLite to Postgres and back is the same file, byte for byte', {
    skip: postgres ? false : LEFT_OUT.postgres,
  }, async () => {
    const environment = { DATABASE_URL: (await postgres?.fresh()) ?? '', SECRET: 'x'.repeat(32) }
    const [over, back] = [await newFolder(), await newFolder()]
    assert.equal((await importInto(over, file, environment)).code, 0)
    const between = (await exportFrom(over, environment)).stdout
    assert.equal(between, file)
    assert.equal((await importInto(back, between)).code, 0)
    assert.equal((await exportFrom(back)).stdout, file)
  })

  it('--out writes a new file that its owner alone can read, and nothing over one that is there', async () => {
    const path = join(from, 'users.jsonl')
    const { code, stdout, stderr } = await latchkey(from, ['export', '--out', path])
    assert.deepEqual([code, stdout], [0, ''])
    assert.match(stderr, /^Wrote 2 users/)
    assert.equal(await readFile(path, 'utf8'), file)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    await writeFile(path, 'mine')
    const again = await latchkey(from, ['export', '--out', path])
    assert.deepEqual([again.code, again.stderr], [1, `${path} is there already, and is left as it is.\n`])
    assert.equal(await readFile(path, 'utf8'), 'mine')
  })

  it('--out leaves no half of a file behind', async () => {
    const broken = await newFolder()
    await addUser(broken, 'ada')
    const database = new DatabaseSync(join(broken, 'data', 'latchkey.db'))
    database.exec('drop table audit')
    database.close()
    const path = join(broken, 'users.jsonl')
    const { code } = await latchkey(broken, ['export', '--out', path])
    assert.equal(code, 1)
    await assert.rejects(stat(path), { code: 'ENOENT' })
  })

  it('import into a database that has users says so, and --merge adds those who are not there', async () => {
    const to = await newFolder()
    await addUser(to, 'Carol')
    const refused = await importInto(to, file)
    assert.deepEqual([refused.code, refused.stdout], [1, ''])
    assert.match(refused.stderr, /^There are users in this database, so nothing was done\. With --merge/)
    assert.equal((await importInto(to, file, {}, '--merge')).code, 0)
    const again = await importInto(to, file, {}, '--merge')
    assert.match(again.stdout, /^Took in 0 users and 0 lines.*\nLeft alone 2 users and \d+ lines/)
    assert.match((await latchkey(to, ['users', 'list'])).stdout, /bob[\s\S]*Carol[\s\S]*Ünal/)
  })

  it('import refuses a file that was cut or changed, by the line, without what is in it', async () => {
    const to = await newFolder()
    for (const [text, sentence] of [
      [
        file.split('\n').slice(0, -2).join('\n'),
        'The last line is missing: the file was cut. Nothing was kept.\n',
      ],
      [
        file.replace('"bob"', '"b o b"'),
        'Line 2 has no username, or not one of its form. Nothing was kept.\n',
      ],
      ['', 'There is nothing on standard input.\n'],
    ] as const) {
      const { code, stdout, stderr } = await importInto(to, text)
      assert.deepEqual({ code, stdout, stderr }, { code: 1, stdout: '', stderr: sentence })
    }
    assert.equal((await latchkey(to, ['users', 'list', '--json'])).stdout, '[]\n')
  })

  it('import does not wait for the rest of an input that it has refused', async () => {
    const to = await newFolder()
    const { child, said, ended } = start(to, ['import'])
    child.stdin.on('error', () => {})
    child.stdin.write('nonsense\n')
    assert.equal((await ended).code, 1)
    assert.match(said.stderr, /^Line 1 is not the first line/)
  })
})
