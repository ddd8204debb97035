import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** For tests only. */

export type ProxyName = 'nginx' | 'caddy' | 'haproxy'

const APT_MILLISECONDS = 120_000
const CACHE = fileURLToPath(new URL('../node_modules/.cache/proxies', import.meta.url))
/** What makes each say its version, and nothing else. */
const VERSION: Record<ProxyName, string> = { nginx: '-v', caddy: 'version', haproxy: '-v' }

/** The path of a proxy: of this machine's, or, as root on a Debian without one, of a copy of Debian's; null when there is none. */
export function findProxy(name: ProxyName): string | null {
  if (process.platform !== 'linux') return null
  const starts = (path: string) => existsSync(path) && spawnSync(path, [VERSION[name]]).status === 0
  const fetched = join(CACHE, name, 'start')
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/sbin']
  const found = [...folders.map((folder) => join(folder, name)), fetched].find(starts)
  if (found) return found
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return null
  fetch(name)
  return starts(fetched) ? fetched : null
}

/** Why tests with a proxy are left out; false when they are not. Where everything is to be proven, it is a failure not to have it. */
export const skipWithout = (name: ProxyName, binary: string | null): string | false =>
  binary === null && process.env.CI !== 'true' ? `there is no ${name} on this machine` : false

/** Unpacked and not installed: an installed proxy is a service, which would take port 80 of the machine. */
function fetch(name: ProxyName): void {
  process.stdout.write(`Fetching ${name} for the tests (once).\n`)
  const folder = mkdtempSync(join(tmpdir(), `latchkey-${name}-`))
  if (!download(name, folder)) {
    run('apt-get', ['update'])
    download(name, folder)
  }
  const unpacked = join(folder, 'unpacked')
  for (const file of readdirSync(folder).filter((file) => file.endsWith('.deb')))
    run('dpkg-deb', ['--extract', join(folder, file), unpacked])
  const place = join(CACHE, name)
  try {
    writeStart(name, unpacked, place)
    // Whole at once, for another test may be fetching it too.
    mkdirSync(dirname(place), { recursive: true })
    cpSync(unpacked, `${place}.${process.pid}`, { recursive: true, verbatimSymlinks: true })
    renameSync(`${place}.${process.pid}`, place)
  } catch {
    rmSync(`${place}.${process.pid}`, { recursive: true, force: true })
  }
  rmSync(folder, { recursive: true })
}

/** The package, and of what it needs those that the machine lacks. */
function download(name: ProxyName, folder: string): boolean {
  mkdirSync(join(folder, 'partial'), { recursive: true })
  return run('apt-get', [
    ...['install', '--yes', '--download-only', '--reinstall', '--no-install-recommends'],
    ...['-o', `Dir::Cache::archives=${folder}`, '-o', 'APT::Sandbox::User=root', name],
  ])
}

/** A script that starts it with the libraries that came with it. */
function writeStart(name: ProxyName, unpacked: string, place: string): void {
  const [program] = ['usr/sbin', 'usr/bin'].filter((folder) => existsSync(join(unpacked, folder, name)))
  const libraries = ['lib', 'usr/lib'].flatMap((folder) =>
    existsSync(join(unpacked, folder))
      ? readdirSync(join(unpacked, folder))
          .filter((part) => part.endsWith('-linux-gnu'))
          .map((part) => join(place, folder, part))
      : [],
  )
  const settings =
    libraries.length > 0
      ? `export LD_LIBRARY_PATH='${libraries.join(delimiter)}'
`
      : ''
  const script = `#!/bin/sh
${settings}exec '${join(place, program ?? '', name)}' "$@"
`
  writeFileSync(join(unpacked, 'start'), script, { mode: 0o755 })
}

const run = (command: string, args: string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore', timeout: APT_MILLISECONDS }).status === 0
