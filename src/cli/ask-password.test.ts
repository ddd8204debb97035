import assert from 'node:assert/strict'
import { PassThrough, Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { readNewPassword, readPassword } from './ask-password.ts'
import { Refusal } from './refusal.ts'

const PASSWORD = 'quite a long sentence'
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'

/** A terminal at which each of `typed` is typed after a question. */
function terminal(typed: string[], { inputIsTTY = true, outputIsTTY = true } = {}) {
  const input = Object.assign(new PassThrough(), { isTTY: inputIsTTY })
  const output = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: outputIsTTY })
  let shown = ''
  let asked = 0
  output.on('data', (text: string) => {
    shown += text
    const questions = shown.match(/(Password|New password|The same again):/g)?.length ?? 0
    if (questions <= asked || asked >= typed.length) return
    const answer = typed[asked++]
    // Nobody answers before the question has been asked to its end.
    setImmediate(() => input.write(answer))
  })
  return { terminal: { input, output }, shown: () => shown }
}

const piped = (...chunks: (string | Buffer)[]) => ({
  input: Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
  output: new PassThrough(),
})

const refusedWith = (sentence: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Refusal)
  assert.match(error.message, sentence)
  return true
}

describe('the password of somebody who has one', () => {
  it('is asked for once, and never shown', async () => {
    const at = terminal([`${PASSWORD}\r`])
    assert.equal(await readPassword({}, at.terminal), PASSWORD)
    assert.equal(at.shown().match(/Password:/g)?.length, 1)
    for (const part of ['quite', 'long', 'sentence']) assert.ok(!at.shown().includes(part))
  })

  it('is a line of standard input, and refused where there is nobody to ask', async () => {
    assert.equal(await readPassword({ passwordStdin: true }, piped(`${PASSWORD}\n`)), PASSWORD)
    await assert.rejects(readPassword({}, piped(PASSWORD)), refusedWith(/no terminal/))
  })
})

describe('a password on a terminal', () => {
  it('is asked for twice, and never shown', async () => {
    const at = terminal([`${PASSWORD}\r`, `${PASSWORD}\r`])
    assert.equal(await readNewPassword({}, at.terminal), PASSWORD)
    assert.match(at.shown(), /New password:[\s\S]*The same again:/)
    for (const part of ['quite', 'long', 'sentence']) assert.ok(!at.shown().includes(part))
  })

  it('keeps the spaces at its ends', async () => {
    const at = terminal([`  ${PASSWORD} \r`, `  ${PASSWORD} \r`])
    assert.equal(await readNewPassword({}, at.terminal), `  ${PASSWORD} `)
  })

  it('is refused when the two differ', async () => {
    const at = terminal([`${PASSWORD}\r`, `${PASSWORD}s\r`])
    await assert.rejects(readNewPassword({}, at.terminal), refusedWith(/not the same/))
  })

  for (const [name, typed] of Object.entries({
    'Ctrl+C': [CTRL_C],
    'Ctrl+D': [CTRL_D],
    'Ctrl+C at the second question': [`${PASSWORD}\r`, CTRL_C],
    'Ctrl+D at the second question': [`${PASSWORD}\r`, CTRL_D],
  }))
    it(`${name} gives up`, async () => {
      const at = terminal(typed)
      await assert.rejects(readNewPassword({}, at.terminal), refusedWith(/^Cancelled/))
      assert.ok(!at.shown().includes('quite'))
    })

  for (const [name, sides] of Object.entries({
    'the input is none': { inputIsTTY: false },
    'the question would not be seen on one': { outputIsTTY: false },
  }))
    it(`is not asked for when ${name}, and the refusal says what to do`, async () => {
      const at = terminal([`${PASSWORD}\r`, `${PASSWORD}\r`], sides)
      await assert.rejects(readNewPassword({}, at.terminal), refusedWith(/--password-stdin/))
      assert.equal(at.shown(), '')
    })
})

describe('a password on standard input', () => {
  const read = (...chunks: (string | Buffer)[]) => readNewPassword({ passwordStdin: true }, piped(...chunks))

  for (const [name, chunks, password] of [
    ['one line', ['secret\n'], 'secret'],
    ['a line without its end', ['secret'], 'secret'],
    ['a line that ends as on Windows', ['secret\r\n'], 'secret'],
    ['spaces at both ends', [' secret \n'], ' secret '],
    ['one line end of two', ['secret\n\n'], 'secret'],
    ['a carriage return that is no line end', ['sec\rret\r'], 'sec\rret\r'],
    ['the first line of several', ['secret\nsecond\n'], 'secret'],
    ['an empty line', ['\nsecret\n'], ''],
    ['pieces', ['sec', 'ret\r', '\nmore'], 'secret'],
  ] as const)
    it(`may be ${name}`, async () => {
      assert.equal(await read(...chunks), password)
    })

  it('may have a letter cut in two on the way', async () => {
    const bytes = Buffer.from('pässword\n')
    assert.equal(await read(bytes.subarray(0, 2), bytes.subarray(2)), 'pässword')
  })

  it('is not judged by what follows its line', async () => {
    assert.equal(await read(Buffer.from([0x61, 0x0a, 0xff])), 'a')
  })

  it('is refused when nothing is there', async () => {
    await assert.rejects(read(), refusedWith(/no password on standard input/))
  })

  it('is refused when it is not UTF-8, for all such passwords would be one', async () => {
    await assert.rejects(read(Buffer.from([0x61, 0xff, 0x0a])), refusedWith(/not UTF-8/))
  })

  it('is read to the end of the line only, so that an input left open does not hold us up', async () => {
    const input = new PassThrough()
    input.write('secret\n')
    assert.equal(
      await readNewPassword({ passwordStdin: true }, { input, output: new PassThrough() }),
      'secret',
    )
    assert.ok(input.destroyed)
  })
})
