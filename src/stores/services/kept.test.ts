import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../../cli/process.testing.ts'
import { LEFT_OUT, testPostgres, testRedis } from '../services.testing.ts'

const ENGINES = [
  ['postgres', await testPostgres()],
  ['redis', await testRedis()],
] as const
const KEPT = new URL('kept.testing.ts', import.meta.url)

async function answers(url: URL): Promise<boolean> {
  const socket = connect(Number(url.port), url.hostname)
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).then((isOpen) => {
    socket.destroy()
    return isOpen as boolean
  })
}

describe('a database server for tests', () => {
  for (const [engine, there] of ENGINES) {
    const skip = there ? false : LEFT_OUT[engine]
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      it(`is stopped, and its folder goes, when whoever asked for ${engine} ends by ${signal}`, {
        skip,
      }, async (t) => {
        const folder = await mkdtemp(join(tmpdir(), 'latchkey-kept-'))
        t.after(() => rm(folder, { recursive: true }))
        // As root we run Postgres as another user, who must come by here.
        await chmod(folder, 0o711)
        const program = `
          const { keepServer } = await import('${KEPT}')
          console.log((await keepServer('${engine}')).url)
          setInterval(() => {}, 1000)`
        const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
          stdio: ['ignore', 'pipe', 'inherit'],
          env: { ...process.env, TMPDIR: folder },
        })
        const [line] = await once(child.stdout, 'data')
        const url = new URL(String(line).trim())
        assert.equal(await answers(url), true)
        assert.equal((await readdir(folder)).length, 1)
        child.kill(signal)
        await until('it is stopped', async () => !(await answers(url)))
        await until('its folder is gone', async () => (await readdir(folder)).length === 0)
      })
    }
  }
})
