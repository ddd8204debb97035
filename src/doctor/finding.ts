/** What a look at one thing came to: a sentence, and what to do where it is not well. Neither ever holds a secret. */
export type Finding =
  | { level: 'ok'; sentence: string }
  | { level: 'warning' | 'problem'; sentence: string; whatToDo: string }

export const ok = (sentence: string): Finding => ({ level: 'ok', sentence })

/** It works, and may not be what was meant, or not go on for ever. */
export const warning = (sentence: string, whatToDo: string): Finding => ({
  level: 'warning',
  sentence,
  whatToDo,
})

/** It does not work, or lets in whom it should not, or keeps out whom it should let in. */
export const problem = (sentence: string, whatToDo: string): Finding => ({
  level: 'problem',
  sentence,
  whatToDo,
})

/** The findings, or where there are none a sentence that all is well. */
export const elseOk = (findings: Finding[], sentence: string): Finding[] =>
  findings.length > 0 ? findings : [ok(sentence)]
