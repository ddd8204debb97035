import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { type BrowserType, chromium } from '@playwright/test'

const DOWNLOAD_MILLISECONDS = 120_000
const APT_MILLISECONDS = 300_000
// First what draws no window, and is done with a page in less than half the time.
const NAMES = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'msedge',
]
const ADVICE =
  'No Chromium was found that starts, and none could be fetched. Install Chromium or Google Chrome, or run "npx playwright install --with-deps chromium", and try again.'

const isRoot = process.getuid?.() === 0

/** Quiet, and without the network: what a test measures is ours. As root Chromium starts without its sandbox only. */
export const CHROMIUM_ARGS: readonly string[] = [
  ...(isRoot ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** The path of an installed Chromium; undefined when Playwright's own is there, which goes first. */
export function findChromium(): string | undefined {
  if (existsSync(chromium.executablePath())) return undefined
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...onPath, ...wellKnownPlaces()].find((path) => existsSync(path) && !isSnap(path))
}

function wellKnownPlaces(): string[] {
  switch (process.platform) {
    case 'darwin':
      return ['Chromium', 'Google Chrome', 'Microsoft Edge'].map(
        (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
      )
    case 'win32':
      return [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
        .filter((folder) => folder !== undefined)
        .flatMap((folder) => [
          join(folder, 'Chromium', 'Application', 'chrome.exe'),
          join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
          join(folder, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
        ])
    default:
      return []
  }
}

/** A snap cannot open the profile that Playwright makes for it, and Ubuntu's packages are scripts that ask for the snap. */
function isSnap(path: string): boolean {
  if (realpathSync(path).endsWith('/snap')) return true
  const beginning = Buffer.alloc(1024)
  const file = openSync(path, 'r')
  readSync(file, beginning)
  closeSync(file)
  return beginning.toString('latin1').includes('/snap/bin/')
}

type Options = Parameters<BrowserType['launch']>[0]

/** Whether the browser that the tests would take is there and starts. */
async function starts(): Promise<boolean> {
  const path = findChromium()
  const options: Options = { args: [...CHROMIUM_ARGS], ...(path && { executablePath: path }) }
  try {
    const browser = await chromium.launch(options)
    await browser.close()
    return true
  } catch {
    return false
  }
}

/** Playwright's download. Where there is no network it would try for many minutes. */
function download(): void {
  say('Fetching Chromium for the tests (once).')
  const cli = createRequire(import.meta.url).resolve('@playwright/test/cli')
  run(process.execPath, [cli, 'install', 'chromium'], DOWNLOAD_MILLISECONDS)
}

function installWithApt(): void {
  if (!isRoot || !existsSync('/usr/bin/apt-get')) return
  say('Installing Chromium with apt-get.')
  run('apt-get', ['update'], APT_MILLISECONDS)
  // Debian has the first, others the second alone.
  for (const name of ['chromium-headless-shell', 'chromium']) {
    const { status } = run('apt-get', ['install', '-y', '--no-install-recommends', name], APT_MILLISECONDS)
    if (status === 0) return
  }
}

const say = (text: string) => process.stdout.write(`${text}\n`)

const run = (command: string, args: string[], timeout: number) =>
  spawnSync(command, args, {
    stdio: 'ignore',
    timeout,
    killSignal: 'SIGKILL',
    env: {
      ...process.env,
      DEBIAN_FRONTEND: 'noninteractive',
      PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000',
    },
  })

if (import.meta.main) {
  const attempts = [() => undefined, download, installWithApt]
  let found = false
  for (const attempt of attempts) {
    attempt()
    found = await starts()
    if (found) break
  }
  if (!found) process.stderr.write(`${ADVICE}\n`)
  process.exitCode = found ? 0 : 1
}
