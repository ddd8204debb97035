import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import type { Examined } from '../doctor/examine.ts'
import { systemClock } from '../lib/clock.ts'
import { printable } from '../lib/printable.ts'
import { type ChainOptions, readChain } from './doctor-chain.ts'
import { count, print, printJson } from './output.ts'
import { Refusal } from './refusal.ts'

const LONGEST_LINE = 2000

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('look whether everything is well, and say what to do where it is not; changes nothing')
    .option('--json', 'as JSON, for scripts')
    .option(
      '--url <address>',
      'of an app behind a proxy behind Latchkey: ask it from outside, and look at nothing else',
    )
    .option('--latchkey <address>', 'with --url: PUBLIC_URL, where its settings are not at hand')
    .option('--admin-url <address>', 'with --url: an address of the app that is for admins alone')
    .option('--user <username>', 'with --url: sign in, ask as somebody who is signed in, and sign out')
    .option('--password-stdin', 'with --user: read the password as one line of standard input')
    .action(examineAsked)
}

type Options = Partial<ChainOptions> & { json?: boolean }

async function examineAsked({ json, url, ...options }: Options, command: Command): Promise<void> {
  if (url === undefined && Object.keys(options).length > 0)
    command.error('error: --latchkey, --admin-url, --user and --password-stdin go with --url')
  if (options.passwordStdin && options.user === undefined)
    command.error('error: --password-stdin goes with --user')
  const examined = await (url === undefined ? examineHere() : examineFromOutside({ url, ...options }))
  if (json) printJson(examined.map(describe))
  else print(examined.map(line).join('\n'))
  const found = examined.filter(({ level }) => level === 'problem').length
  // On standard error, and the exit code is 1: what runs this again and again need not read the lines.
  if (found > 0) throw new Refusal(`The doctor has found ${count(found, 'problem')}.`)
}

// Loaded only where they are needed: the other commands are quicker without them.
async function examineHere(): Promise<Examined[]> {
  const { examine } = await import('../doctor/examine.ts')
  const outcome = readConfig()
  const problems = outcome.ok ? [] : outcome.problems
  return examine({ config: outcome.config, problems }, systemClock)
}

async function examineFromOutside(options: ChainOptions): Promise<Examined[]> {
  const { examineChain } = await import('../doctor/chain/examine-chain.ts')
  return examineChain(await readChain(options))
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
