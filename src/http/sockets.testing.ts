import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after } from 'node:test'
import { startServer } from '../server.ts'
import { GOOD_PASSWORD, testDeps } from '../testing.ts'

const FROM = { device: 'Test', address: '' }

/** For tests only: a Latchkey that listens on a port of its own, with somebody signed in. */
export async function serve(overrides: Parameters<typeof testDeps>[0] = {}) {
  const test = await testDeps(overrides)
  const server = await startServer(test.deps)
  after(async () => {
    await server.stop()
    await test.deps.close()
  })
  const added = await test.deps.accounts.add({ username: 'user1', password: GOOD_PASSWORD }, FROM)
  assert.ok(added.kind === 'added')
  const beginning = { carrier: 'cookie', remember: false } as const
  const grant = await test.deps.sessions.start(added.user, beginning, FROM)
  assert.ok(grant)

  /** Sends bytes as they are and reads until the server closes. */
  const say = (...pieces: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const heard: Buffer[] = []
      const socket = connect(server.port, '127.0.0.1', async () => {
        for (const piece of pieces) {
          if (socket.destroyed) return
          socket.write(piece)
          await new Promise(setImmediate)
        }
      })
      socket.on('data', (data) => heard.push(Buffer.from(data)))
      socket.on(
        'error',
        (error: NodeJS.ErrnoException) =>
          error.code !== 'ECONNRESET' && error.code !== 'EPIPE' && reject(error),
      )
      socket.on('close', () => resolve(Buffer.concat(heard).toString()))
    })

  /** One request with Connection: close; `lines` are its header lines. */
  const ask = (method: string, target: string, lines: string[] = [], body = '') =>
    say(
      `${[`${method} ${target} HTTP/1.1`, 'Host: auth.example.test', 'Connection: close', ...lines].join('\r\n')}\r\n\r\n${body}`,
    )

  const cookieName = test.deps.config.publicUrl.startsWith('https:') ? '__Host-token' : 'token'
  return { ...test, server, say, ask, token: grant.token, cookie: `${cookieName}=${grant.token}` }
}

export const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1])
export const headerOf = (answer: string, name: string) =>
  new RegExp(`^${name}: (.*)\r$`, 'im').exec(answer)?.[1] ?? null
