import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import { describe, it } from 'node:test'
import { LAUNCH, newFolder, until } from './cli/process.testing.ts'
import { freePort } from './free-port.testing.ts'

// A disk that is full, on every Linux.
const FULL = '/dev/full'

describe('a log that cannot be written', () => {
  it('stops neither the server nor its stopping, and is said on standard error', {
    skip: existsSync(FULL) ? false : `there is no ${FULL} here`,
  }, async () => {
    const port = await freePort()
    const child = spawn(process.execPath, [LAUNCH, 'serve'], {
      cwd: await newFolder(),
      env: { PATH: process.env.PATH, PORT: String(port) },
      stdio: ['ignore', openSync(FULL, 'w'), 'pipe'],
    })
    const exited = once(child, 'exit')
    try {
      const said: string[] = []
      child.stderr?.setEncoding('utf8').on('data', (text) => said.push(text))
      await until('the trouble is said', () => said.join('').startsWith('The log cannot be written: '))
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`)
      assert.equal(answer.status, 200)
      child.kill('SIGTERM')
      assert.deepEqual(await exited, [0, null])
    } finally {
      child.kill('SIGKILL')
    }
  })
})
