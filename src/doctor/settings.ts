import { elseOk, type Finding, problem } from './finding.ts'

/** The settings, by the sentences with which a start would be refused. */
export const judgeSettings = (problems: readonly string[]): Finding[] =>
  elseOk(
    problems.map((sentence) =>
      problem(sentence, 'Put it right in the environment or in .env: start is refused until then.'),
    ),
    'All settings can be read, and agree with each other.',
  )
