import { once } from 'node:events'
import { open, rm } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Config } from '../config.ts'
import { openStores, WAITING } from '../stores/open.ts'
import { type Exported, exportLines } from '../transfer/export.ts'
import { count } from './output.ts'
import { Refusal } from './refusal.ts'
import { settings } from './settings.ts'

export function exportCommand(program: Command): void {
  program
    .command('export')
    .description('all users, with their password hashes, and the audit log, as lines of JSON')
    .option('--out <file>', 'into a new file that you alone can read, instead of standard output')
    .action(exportAll)
}

type Write = (piece: string) => Promise<unknown>

async function exportAll({ out }: { out?: string }): Promise<void> {
  const config = settings()
  if (out === undefined && process.stdout.isTTY)
    throw new Refusal(
      'Password hashes are not for a terminal. Give --out a file, or send standard output into one or to another command.',
    )
  const { users, events } = out === undefined ? await toStandardOutput(config) : await toFile(config, out)
  // On standard error: standard output is the file.
  process.stderr.write(
    [
      `Wrote ${count(users, 'user')} and ${count(events, 'line')} of the audit log.`,
      'It holds password hashes: keep it as safe as the database, and delete it when it has served.',
      'Sessions are not in it: people sign in again, unless both databases go with the same Redis.\n',
    ].join('\n'),
  )
}

async function write(config: Config, piece: Write): Promise<Exported> {
  // Without Redis, which has none of it and need not answer.
  const { users, audit, close } = await openStores(
    { dataDir: config.dataDir, databaseUrl: config.databaseUrl },
    () => process.stderr.write(`${WAITING}\n`),
  )
  try {
    const pieces = exportLines({ users, audit })
    for (;;) {
      const { done, value } = await pieces.next()
      if (done) return value
      await piece(value)
    }
  } finally {
    await close()
  }
}

async function toStandardOutput(config: Config): Promise<Exported> {
  const { stdout } = process
  let isOpen = true
  stdout.once('error', () => {
    isOpen = false
  })
  const cut = () => new Refusal('Whoever was to read it has stopped before its end: it is not whole.')
  return write(config, async (piece) => {
    if (isOpen && !stdout.write(piece)) await once(stdout, 'drain').catch(() => {})
    if (!isOpen) throw cut()
  })
}

async function toFile(config: Config, path: string): Promise<Exported> {
  // `wx`: never over a file that is there, whose mode would stay as it is.
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new Refusal(`${path} is there already, and is left as it is.`) : error
  })
  try {
    const exported = await write(config, (piece) => file.appendFile(piece))
    await file.sync()
    await file.close()
    return exported
  } catch (error) {
    await file.close().catch(() => {})
    // Half of it would be taken for all.
    await rm(path, { force: true })
    throw error
  }
}
