import { type DestinationStream, type Logger, pino } from 'pino'
import type { AuditEntry, From } from './audit/event.ts'
import type { Config } from './config.ts'
import type { FollowKeysNeeds } from './tokens/follow-keys.ts'
import type { SigningKey } from './tokens/signing-key.ts'

// Lines are written together, for each write is a system call; a line waits a second at most.
const BUFFER_BYTES = 16_000
const FLUSH_MILLISECONDS = 1000
const MOST_WAITING_BYTES = 1024 * 1024

/** JSON lines on standard output, or readable ones when that is a terminal. */
export async function createLogger({ logLevel }: Pick<Config, 'logLevel'>): Promise<Logger> {
  return pino({ level: logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }, await destination())
}

async function destination(): Promise<DestinationStream> {
  if (!process.stdout.isTTY) return buffered()
  const { default: pretty } = await import('pino-pretty')
  return pretty({ sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'requestId', singleLine: true })
}

function buffered(): DestinationStream {
  const stream = pino.destination({
    sync: false,
    minLength: BUFFER_BYTES,
    maxLength: MOST_WAITING_BYTES,
    periodicFlush: FLUSH_MILLISECONDS,
  })
  // A full disk must not stop the server. Lines that cannot be written wait, and are dropped when they are too many; and the
  // library, which would try for ever to write them before an exit, does not try.
  stream.once('error', (error) => {
    process.stderr.write(`The log cannot be written: ${error.message}\n`)
    stream.flushSync = () => {}
    stream.on('error', () => {})
  })
  return stream
}

/** Warns in the log; on standard error where the log is turned down that far, as it is on the command line. */
export function warnOrSay(log: Logger, sentence: string): void {
  if (log.isLevelEnabled('warn')) log.warn(sentence)
  else process.stderr.write(`${sentence}\n`)
}

/** An event of the audit log as a line, with the event as its message. */
export function logEvent(
  log: Logger,
  { event, userId, sid, address, reason }: AuditEntry,
  { requestId }: From,
): void {
  const about = Object.entries({ requestId, userId, sid, address, reason }).filter(([, value]) => value)
  log[event === 'refresh.reuse_detected' ? 'warn' : 'info'](Object.fromEntries(about), event)
}

/** What happens to the key folder, as lines. */
export function logKeyChanges(log: Logger) {
  const about = ({ kid, alg }: SigningKey) => ({ kid, alg })
  function warnOfSecret(key: SigningKey): void {
    if (!key.published)
      log.warn(about(key), 'key.not_published: apps cannot check the tokens of an HS256 key by themselves')
  }
  return {
    warnOfSecret,
    onAdded(key) {
      log.info(about(key), 'key.added')
      warnOfSecret(key)
    },
    onRemoved: (key) => log.info(about(key), 'key.removed'),
    onTrouble(problems) {
      for (const problem of problems) log.error(problem)
      if (problems.length === 0) log.info('the key folder is in order again')
    },
  } satisfies Omit<FollowKeysNeeds, 'dir' | 'ring'> & Record<string, unknown>
}
