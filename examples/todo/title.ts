export const LONGEST_TITLE = 200

export type TitleRead = { kind: 'title'; title: string } | { kind: 'bad'; why: string }

// Blanks and what cannot be seen: a title of nothing else could not be found again to be deleted.
const NOTHING_TO_SEE = /^[\p{Z}\p{C}]*$/u
const CONTROL = /\p{Cc}/u

/** What somebody wants to do, without the blanks around it, or in a sentence why it cannot be that. */
export function judgeTitle(value: unknown): TitleRead {
  if (value === undefined) return bad('A to-do needs a `title`.')
  if (typeof value !== 'string') return bad('The title must be text.')
  const title = value.trim()
  if (NOTHING_TO_SEE.test(title)) return bad('Say what is to be done: the title is empty.')
  // As `maxlength` of the form counts, so that page and server never differ.
  if (title.length > LONGEST_TITLE) return bad(`The title may have at most ${LONGEST_TITLE} characters.`)
  if (CONTROL.test(title) || !title.isWellFormed()) return bad('The title must be one line of plain text.')
  return { kind: 'title', title }
}

export const bad = (why: string): TitleRead => ({ kind: 'bad', why })
