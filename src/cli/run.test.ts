import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { latchkey, newFolder } from './process.testing.ts'
import { run } from './run.ts'

describe('the command line', () => {
  let folder: string
  before(async () => {
    folder = await newFolder()
  })

  for (const [args, sentence] of [
    [['nonsense'], /unknown command 'nonsense'/],
    [['user', 'list'], /Did you mean users\?/],
    [['serve', 'now'], /too many arguments/],
    [['--nonsense'], /unknown option '--nonsense'/],
    [['users'], /Usage: latchkey users/],
    [['users', 'add'], /missing required argument 'username'/],
    [['users', 'add', 'ada', '--role', 'king'], /choices are user, admin/],
    [['users', 'add', 'ada', '--password', 'x'], /unknown option '--password'/],
    [['users', 'set', 'ada'], /at least one of --role, --email, --phone and --name/],
    [['sessions', 'end'], /a session id, or --user/],
    [['sessions', 'end', 'x', '--user', 'ada'], /a session id, or --user/],
    [['audit', 'ada'], /too many arguments/],
    ...['0', '-1', '1.5', 'x', '', '1e3', '9999999999'].map(
      (limit) => [['audit', '--limit', limit], /It must be a whole number from 1 up\./] as const,
    ),
    [['keys', 'generate', '--alg', 'none'], /choices are ES256, EdDSA, RS256, PS256/],
    [['doctor', 'now'], /too many arguments/],
    [['doctor', '--user', 'ada'], /go with --url/],
    [['doctor', '--admin-url', 'https://app.example.org'], /go with --url/],
    [['doctor', '--url', 'https://app.example.org', '--password-stdin'], /goes with --user/],
    [['export', 'users.jsonl'], /too many arguments/],
    [['import', 'users.jsonl'], /too many arguments/],
  ] as const)
    it(`${args.join(' ')} is wrong usage: 2, said on standard error`, async (t) => {
      // In this process, for the exit code of a real one is proven below.
      const write = t.mock.method(process.stderr, 'write', () => true)
      assert.equal(await run(['node', 'latchkey', ...args]), 2)
      const said = write.mock.calls.map((call) => call.arguments[0]).join('')
      t.mock.restoreAll()
      assert.match(said, sentence)
    })

  it('a wrong command is exit code 2, with nothing on standard output', async () => {
    const { code, stdout, stderr } = await latchkey(folder, ['nonsense'])
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
    assert.match(stderr, /^error: unknown command 'nonsense'\n/)
  })

  for (const args of [['--help'], ['users', 'add', '-h']])
    it(`${args.join(' ')} is no mistake: 0, on standard output`, async () => {
      const { code, stdout, stderr } = await latchkey(folder, args)
      assert.equal(code, 0)
      assert.match(stdout, /^Usage: latchkey/)
      assert.equal(stderr, '')
    })

  it('refuses bad settings whatever the command: 1, each named, no value repeated', async () => {
    const { code, stdout, stderr } = await latchkey(folder, ['users', 'list'], {
      TOKEN_TTL: 'fortnight',
      PUBLIC_URL: 'http://shop.example.org',
    })
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /TOKEN_TTL must be/)
    assert.match(stderr, /PUBLIC_URL must be https/)
    assert.doesNotMatch(stderr, /fortnight|shop/)
  })

  it('says in one sentence when the database cannot be used', async () => {
    const { code, stderr } = await latchkey(folder, ['users', 'list'], { DATA_DIR: '/dev/null/data' })
    assert.equal(code, 1)
    assert.match(stderr, /^\/dev\/null\/data cannot be used: [^\n]+\n$/)
  })
})
