import { type DestinationStream, type Logger, pino } from 'pino'
import type { Config } from './config.ts'

// Lines are written together, for each write is a system call; a line waits a second at most.
const BUFFER_BYTES = 16_000
const FLUSH_MILLISECONDS = 1000

/** JSON lines on standard output, or readable ones when that is a terminal. */
export async function createLogger({ logLevel }: Pick<Config, 'logLevel'>): Promise<Logger> {
  return pino({ level: logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }, await destination())
}

async function destination(): Promise<DestinationStream> {
  if (!process.stdout.isTTY) {
    return pino.destination({ sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_MILLISECONDS })
  }
  const { default: pretty } = await import('pino-pretty')
  return pretty({ sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'requestId' })
}
