import { badLine } from './import-refused.ts'

// Many times what a user or an event comes to.
const LONGEST_LINE_BYTES = 64 * 1024
const LINE_END = 0x0a

export interface Line {
  /** From 1 up. */
  number: number
  text: string
}

/** The lines of a file, as they come, each without its end. Throws ImportRefused for one that is no text, or never ends. */
export async function* readLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<Line, void> {
  // Strict: bytes that are no UTF-8 would all become one sign, and a name another one.
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let number = 0
  let rest = Buffer.alloc(0)

  function decoded(bytes: Uint8Array): Line {
    number++
    if (bytes.length > LONGEST_LINE_BYTES) throw badLine(number, 'is too long')
    try {
      return { number, text: utf8.decode(bytes) }
    } catch {
      throw badLine(number, 'is not UTF-8 text')
    }
  }

  for await (const chunk of input) {
    const bytes = Buffer.concat([rest, chunk])
    let from = 0
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, from)) {
      yield decoded(bytes.subarray(from, end))
      from = end + 1
    }
    rest = bytes.subarray(from)
    if (rest.length > LONGEST_LINE_BYTES) throw badLine(number + 1, 'is too long')
  }
  if (rest.length > 0) yield decoded(rest)
}
