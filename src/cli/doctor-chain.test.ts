import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { freePort } from '../free-port.testing.ts'
import { latchkey, newFolder } from './process.testing.ts'

// deploy/doctor.test.ts has it at work, before real proxies.
describe('doctor --url', () => {
  let folder: string
  before(async () => {
    folder = await newFolder()
  })
  const doctor = (...args: string[]) => latchkey(folder, ['doctor', ...args], { input: 'hidden\n' })

  for (const [args, sentence] of [
    [['--url', 'app.example.org'], /^--url must be an address such as/],
    [['--url', 'ftp://app.example.org'], /^--url must be/],
    [['--url', 'https://ada:hidden@app.example.org'], /^--url must be/],
    [['--url', 'https://app.example.org', '--admin-url', '/admin'], /^--admin-url must be/],
    [
      ['--url', 'https://app.example.org', '--latchkey', 'http://auth.example.org'],
      /^--latchkey must be an https address/,
    ],
    [
      ['--url', 'https://app.example.org', '--latchkey', 'http://127.0.0.1:1', '--user', 'ada'],
      /^There is no terminal/,
    ],
  ] as [string[], RegExp][])
    it(`refuses ${args.join(' ')}, and asks nobody: 1`, async () => {
      const { code, stdout, stderr } = await doctor(...args)
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, sentence)
      assert.doesNotMatch(stderr, /hidden/)
    })

  it('refuses settings that are not right', async () => {
    const { code, stderr } = await latchkey(folder, ['doctor', '--url', 'https://app.example.org'], {
      PUBLIC_URL: 'nonsense',
    })
    assert.equal(code, 1)
    assert.match(stderr, /^The settings are not right[\s\S]*PUBLIC_URL/)
  })

  it('says that nobody answers, once, and ends with 1', async () => {
    const [app, latchkeyAt] = [await freePort(), await freePort()]
    const { code, stdout, stderr } = await doctor(
      ...['--url', `http://127.0.0.1:${app}`, '--latchkey', `http://127.0.0.1:${latchkeyAt}`],
    )
    assert.deepEqual([code, stderr], [1, 'The doctor has found 2 problems.\n'])
    const [first, second, ...others] = stdout.trimEnd().split('\n')
    assert.match(first ?? '', /^problem {2}signed out .*: no answer \(ECONNREFUSED\)/)
    assert.match(second ?? '', /^problem {2}public url .*cannot be reached .* give --latchkey\.$/)
    assert.deepEqual(others, [])
  })
})
