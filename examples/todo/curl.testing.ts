import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

/** For tests only: curl, as a person types it. */

const run = promisify(execFile)

/** Why tests with curl are left out; false when they are not. Where everything is to be proven, it is a failure not to have it. */
export const skipWithoutCurl =
  process.env.CI !== 'true' && spawnSync('curl', ['--version']).status !== 0
    ? 'there is no curl on this machine'
    : false

export interface CurlAnswer {
  status: number
  body: string
  /** The body as JSON. */
  json(): Record<string, string>
}

export const curlIn =
  (folder: string) =>
  async (...args: string[]): Promise<CurlAnswer> => {
    // -q: what a person has set for curl is not part of this.
    const { stdout } = await run('curl', ['-q', '-s', '-w', '\n%{http_code}', ...args], { cwd: folder })
    const end = stdout.lastIndexOf('\n')
    const body = stdout.slice(0, end)
    return { status: Number(stdout.slice(end)), body, json: () => JSON.parse(body) }
  }
