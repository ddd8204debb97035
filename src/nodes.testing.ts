import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import type { User } from './accounts/user.ts'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { type Deps, openDeps } from './deps.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import type { Beginning } from './sessions/sessions.ts'
import { GOOD_PASSWORD, testConfig } from './testing.ts'
import { addKeyFile } from './tokens/key-files.ts'

/** For tests only: several nodes in one process, with the same keys and secret, on the stores that the test says. */

const FROM = { device: 'Test', address: '192.0.2.1' }
type Places = Partial<Pick<Config, 'databaseUrl' | 'redisUrl' | 'dataDir'>>
const PATIENCE_MILLISECONDS = 15_000

export async function openSite(t: TestContext, clock: Clock = systemClock) {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-nodes-'))
  const keysDir = join(dataDir, 'keys')
  await addKeyFile(keysDir, 'ES256')
  const opened = new Set<Deps>()
  /** What every node has written into its log, and what must never stand in one. */
  const lines: string[] = []
  const passwords = new Set<string>()
  t.after(async () => {
    await Promise.all([...opened].map((deps) => deps.close()))
    rmSync(dataDir, { recursive: true })
    for (const password of passwords) assert.ok(!lines.join().includes(password), 'a password is in a log')
  })

  /** A node that has these stores besides the folder of all. Its clock may be its own. */
  async function openNode(places: Places = {}, ownClock = clock) {
    for (const url of [places.databaseUrl, places.redisUrl]) if (url) passwords.add(new URL(url).password)
    const logged: string[] = []
    const log = pino(
      { level: 'trace' },
      { write: (line: string) => void (logged.push(line) && lines.push(line)) },
    )
    const deps = await openDeps(testConfig({ dataDir, keysDir, ...places }), log, ownClock)
    opened.add(deps)
    const app = createApp(deps)
    const status = async (token: string) =>
      (await app.request('/v1/me', { headers: { authorization: `Bearer ${token}` } })).status
    return {
      deps,
      app,
      logged,
      /** How often its log says this. */
      said: (message: string) => logged.filter((line) => JSON.parse(line).msg.includes(message)).length,
      /** As SIGTERM does. */
      async stop() {
        opened.delete(deps)
        await deps.close()
      },
      status,
      ready: async () => (await app.request('/readyz')).status,
      async addUser(username = 'user1'): Promise<User> {
        const added = await deps.accounts.add({ username, password: GOOD_PASSWORD }, FROM)
        assert.ok(added.kind === 'added')
        return added.user
      },
      async signIn(user: User, beginning: Partial<Beginning> = {}) {
        const grant = await deps.sessions.start(
          user,
          { carrier: 'bearer', remember: false, ...beginning },
          FROM,
        )
        return grant ?? assert.fail()
      },
      end: (sid: string) => deps.endings.one(sid, 'signed-out', FROM),
      rotate: (token: string) => deps.rotate(token, 'bearer', FROM),
      /** How many milliseconds it takes until a request with this token is answered so. */
      until: (token: string, expected: number) =>
        until(`${expected}`, async () => (await status(token)) === expected),
      /** Waits until this node has read the log at the time that it is now. */
      isUpToDate: () => until('the log', async () => deps.revocations.heardAt() === ownClock.now()),
      /** Waits until this node has heard of another epoch than that one. */
      leavesEpoch: (id: string | undefined) =>
        until('another epoch', async () => deps.revocations.epoch()?.id !== id),
    }
  }
  return { dataDir, openNode }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<number> {
  const begun = performance.now()
  while (!(await isSo())) {
    assert.ok(performance.now() - begun < PATIENCE_MILLISECONDS, `waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return performance.now() - begun
}
