import { Command, CommanderError } from 'commander'
import { RedisRefused } from '../stores/redis-refused.ts'
import { SecretFileRefused } from '../stores/secret-file.ts'
import { StoreUnavailable } from '../stores/store-unavailable.ts'
import { KeyFilesRefused } from '../tokens/key-files.ts'
import { ImportRefused } from '../transfer/import-refused.ts'
import { auditCommand } from './audit.ts'
import { doctorCommand } from './doctor.ts'
import { exportCommand } from './export.ts'
import { importCommand } from './import.ts'
import { keysCommand } from './keys.ts'
import { Refusal } from './refusal.ts'
import { serveCommand } from './serve.ts'
import { sessionsCommand } from './sessions.ts'
import { usersCommand } from './users.ts'

const DONE = 0
const REFUSED = 1
const WRONG_USAGE = 2

const HELP = ['-h', '--help']

/** Carries out a command line. 0: done; 1: refused, with a sentence on standard error; 2: not a command we know. */
export async function run(argv: string[]): Promise<number> {
  const program = new Command('latchkey')
    .description('Sign-in for the web apps you host yourself')
    .exitOverride()
    .showHelpAfterError('(latchkey --help lists the commands)')
  serveCommand(program)
  usersCommand(program)
  sessionsCommand(program)
  auditCommand(program)
  keysCommand(program)
  doctorCommand(program)
  exportCommand(program)
  importCommand(program)
  try {
    await program.parseAsync(withCommand(argv.slice(2)), { from: 'user' })
    return DONE
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE
    process.stderr.write(`${explain(error)}\n`)
    return REFUSED
  }
}

/** Without a command the server is run. Not commander's default command, which would take a misspelt one for an argument. */
const withCommand = (words: string[]): string[] =>
  words.every((word) => word.startsWith('-') && !HELP.includes(word)) ? ['serve', ...words] : words

// Their messages are made for the operator.
const SENTENCES = [Refusal, ImportRefused, KeyFilesRefused, RedisRefused, SecretFileRefused]

/** What a person is told. Only a bug shows where in the program it happened. */
function explain(error: unknown): string {
  if (SENTENCES.some((kind) => error instanceof kind)) return (error as Error).message
  if (error instanceof StoreUnavailable)
    return `${error.store} cannot be used: ${(error.cause as Error).message.replace(/\.$/, '')}.`
  const { code, path, message, stack } = error as NodeJS.ErrnoException
  if (code && path) return `${path} cannot be used: ${message}`
  return stack ?? message
}
