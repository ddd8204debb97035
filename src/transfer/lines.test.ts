import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { ImportRefused } from './import-refused.ts'
import { readLines } from './lines.ts'

const read = (...chunks: (string | Buffer)[]) =>
  Array.fromAsync(readLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk)))))
const texts = async (...chunks: (string | Buffer)[]) => (await read(...chunks)).map(({ text }) => text)
const refusedWith = (sentence: RegExp) => (error: Error) =>
  error instanceof ImportRefused && sentence.test(error.message)

describe('lines', () => {
  for (const [what, chunks, lines] of [
    ['nothing', [], []],
    ['one', ['a\n'], ['a']],
    ['one without its end', ['a'], ['a']],
    ['empty ones', ['\n\na\n'], ['', '', 'a']],
    ['several in one piece', ['a\nb\nc\n'], ['a', 'b', 'c']],
    ['one in several pieces', ['a', 'b', 'c\nd', '\n'], ['abc', 'd']],
    ['a letter cut in two', [Buffer.from('ä\n').subarray(0, 1), Buffer.from('ä\n').subarray(1)], ['ä']],
  ] as [string, (string | Buffer)[], string[]][])
    it(`are read: ${what}`, async () => assert.deepEqual(await texts(...chunks), lines))

  it('are counted from 1', async () => {
    assert.deepEqual(
      (await read('a\nb\n', 'c')).map(({ number }) => number),
      [1, 2, 3],
    )
  })

  it('that are not UTF-8 are refused by their number, and not quoted', () =>
    assert.rejects(read('a\n', Buffer.from([0x62, 0xff, 0x0a])), refusedWith(/^Line 2 is not UTF-8 text\./)))

  const LONGEST = 65_536
  for (const [length, isTaken] of [
    [LONGEST - 1, true],
    [LONGEST, true],
    [LONGEST + 1, false],
  ] as const)
    for (const end of ['\n', ''])
      it(`of ${length} bytes ${end ? '' : 'without an end '}are ${isTaken ? 'taken' : 'refused'}`, async () => {
        const reading = texts('a\n', `${'x'.repeat(length)}${end}`)
        if (isTaken) assert.equal((await reading)[1]?.length, length)
        else await assert.rejects(reading, refusedWith(/^Line 2 is too long\./))
      })

  it('that never end are refused long before the input ends', async () => {
    let given = 0
    async function* endless() {
      for (;;) {
        given += 1024
        yield Buffer.alloc(1024, 'x')
      }
    }
    await assert.rejects(Array.fromAsync(readLines(endless())), refusedWith(/^Line 1 is too long\./))
    assert.ok(given < 2 * LONGEST)
  })
})
