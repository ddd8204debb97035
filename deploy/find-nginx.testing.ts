import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** For tests only. */

const APT_MILLISECONDS = 120_000
const FETCHED = fileURLToPath(new URL('../node_modules/.cache/nginx', import.meta.url))

/** The path of nginx: of this machine's, or, as root on a Debian without one, of a copy of Debian's; null when there is none. */
export function findNginx(): string | null {
  if (process.platform !== 'linux') return null
  const fetched = join(FETCHED, 'usr/sbin/nginx')
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/sbin']
  const found = [...folders.map((folder) => join(folder, 'nginx')), fetched].find(starts)
  if (found) return found
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return null
  fetch()
  return starts(fetched) ? fetched : null
}

/** Why tests with nginx are left out; false when they are not. Where everything is to be proven, it is a failure not to have it. */
export const skipWithout = (binary: string | null): string | false =>
  binary === null && process.env.CI !== 'true' ? 'there is no nginx on this machine' : false

/** Unpacked and not installed: an installed nginx is a service, which would take port 80 of the machine. */
function fetch(): void {
  process.stdout.write('Fetching nginx for the tests (once).\n')
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-nginx-'))
  const download = () => run('apt-get', ['download', 'nginx'], folder)
  if (!download()) {
    run('apt-get', ['update'], folder)
    download()
  }
  const unpacked = join(folder, 'unpacked')
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.deb')))
    run('dpkg-deb', ['--extract', name, unpacked], folder)
  try {
    // Whole at once, for another test may be fetching it too.
    mkdirSync(dirname(FETCHED), { recursive: true })
    cpSync(unpacked, `${FETCHED}.${process.pid}`, { recursive: true })
    renameSync(`${FETCHED}.${process.pid}`, FETCHED)
  } catch {
    rmSync(`${FETCHED}.${process.pid}`, { recursive: true, force: true })
  }
  rmSync(folder, { recursive: true })
}

const starts = (path: string) => existsSync(path) && spawnSync(path, ['-v']).status === 0

const run = (command: string, args: string[], cwd: string): boolean =>
  spawnSync(command, args, { cwd, stdio: 'ignore', timeout: APT_MILLISECONDS }).status === 0
