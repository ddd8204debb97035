import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import type { Examined } from '../doctor/examine.ts'
import { systemClock } from '../lib/clock.ts'
import { printable } from '../lib/printable.ts'
import { count, print, printJson } from './output.ts'
import { Refusal } from './refusal.ts'

const LONGEST_LINE = 2000

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('look whether everything is well, and say what to do where it is not; changes nothing')
    .option('--json', 'as JSON, for scripts')
    .action(examineAll)
}

async function examineAll({ json }: { json?: boolean }): Promise<void> {
  // Loaded only here: the other commands are quicker without it.
  const { examine } = await import('../doctor/examine.ts')
  const outcome = readConfig()
  const problems = outcome.ok ? [] : outcome.problems
  const examined = await examine({ config: outcome.config, problems }, systemClock)
  if (json) printJson(examined.map(describe))
  else print(examined.map(line).join('\n'))
  const found = examined.filter(({ level }) => level === 'problem').length
  // On standard error, and the exit code is 1: what runs this again and again need not read the lines.
  if (found > 0) throw new Refusal(`The doctor has found ${count(found, 'problem')}.`)
}

const LEVEL_WIDTH = 'warning'.length
const CHECK_WIDTH = 'data folder'.length

/** What other nodes and servers say of themselves is in some of the sentences. */
const line = (finding: Examined): string => {
  const { level, check, sentence } = finding
  const said = level === 'ok' ? sentence : `${sentence} ${finding.whatToDo}`
  return `${level.padEnd(LEVEL_WIDTH)}  ${check.padEnd(CHECK_WIDTH)}  ${printable(said, LONGEST_LINE)}`
}

const describe = (finding: Examined) => ({
  check: finding.check,
  level: finding.level,
  sentence: finding.sentence,
  what_to_do: finding.level === 'ok' ? null : finding.whatToDo,
})
