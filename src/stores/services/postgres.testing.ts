import { execFileSync } from 'node:child_process'
import { chownSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newSecret } from '../../lib/ids.ts'
import { folderWith } from './programs.testing.ts'
import { type Server, startServer } from './server.testing.ts'

const USER = 'latchkey'

const OURS = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '300' }

// Quick, and nothing that a test looks at: what is lost in a power cut no test would miss. Deadlocks are looked for sooner.
const QUICK = {
  ...{ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', shared_buffers: '32MB' },
  deadlock_timeout: '100ms',
}

export const postgresFolder = () => folderWith('postgres', 'initdb')

/**
 * Starts a new, empty Postgres whose files are in `folder`; null when none is installed. A durable one waits for the disk,
 * as an operator's does.
 */
export async function startPostgres(folder: string, { isDurable = false } = {}): Promise<Server | null> {
  const programs = postgresFolder()
  if (programs === null) return null
  const password = newSecret()
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  const identity = unprivileged()
  if (identity) for (const path of [folder, passwordFile]) chownSync(path, identity.uid, identity.gid)
  const options = {
    ...{ ...identity, cwd: folder },
    // What they print is read, so in one language.
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
  }
  execFileSync(
    join(programs, 'initdb'),
    [
      // It checks the password, and spends no time on it: tests connect often.
      ...['-D', data, '-U', USER, `--pwfile=${passwordFile}`, '--auth=password'],
      ...['--encoding=UTF8', '--locale=C', '--no-sync'],
    ],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const settings = Object.entries({ ...OURS, ...(!isDurable && QUICK) }).flatMap(([name, value]) => [
    ...['-c', `${name}=${value}`],
  ])
  return startServer({
    command: join(programs, 'postgres'),
    args: (port) => ['-D', data, '-p', `${port}`, ...settings],
    options,
    ready: /database system is ready to accept connections/,
    // Fast: who is connected is thrown out.
    signal: 'SIGINT',
    url: (port) => `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`,
  })
}

/** Postgres refuses to be run by root. */
function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const lines = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const line = ['postgres', 'nobody'].map((name) => lines.find((fields) => fields[0] === name)).find(Boolean)
  return line ? { uid: Number(line[2]), gid: Number(line[3]) } : null
}
