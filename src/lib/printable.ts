// What could move a terminal's cursor, recolour it or turn its text round.
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** Text of strangers for people to read, in a log or a table: at most `most` characters, none that acts on a terminal. */
export const printable = (text: string, most = 256): string =>
  text.slice(0, most).replace(UNPRINTABLE, '\u{FFFD}')
