import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after } from 'node:test'
import { type Clock, systemClock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { GOOD_PASSWORD, testConfig } from '../testing.ts'
import { createIssuer } from '../tokens/issue.ts'
import { forge, forgingKey, part, ringOf } from '../vectors/forge.testing.ts'
import { startOnFreePort } from './on-free-port.testing.ts'

/** For tests only: a whole Latchkey that listens, in the time of the world, for apps that are programs of their own. */
export async function runLatchkey(clock: Clock = systemClock) {
  const { deps, server, issuer } = await startOnFreePort(
    (port) => testConfig({ publicUrl: `http://127.0.0.1:${port}`, port }),
    clock,
  )
  after(async () => {
    stopPrograms()
    const stopped = server.stop()
    await deps.close()
    await stopped
  })
  const username = 'user1'
  const added = await deps.accounts.add({ username, password: GOOD_PASSWORD }, { address: null })
  assert.equal(added.kind, 'added')
  const key = deps.ring.all()[0] ?? assert.fail()

  async function signIn() {
    const body = new URLSearchParams({ username, password: GOOD_PASSWORD })
    const answer = await fetch(`${issuer}/login`, { method: 'POST', body })
    const { access_token: token } = (await answer.json()) as { access_token: string }
    const authorization = `Bearer ${token}`
    return {
      token,
      authorization,
      async signOut() {
        const { status } = await fetch(`${issuer}/logout`, { method: 'POST', headers: { authorization } })
        assert.equal(status, 204)
      },
    }
  }

  /** What forward auth tells an app of whoever holds a token, or else of somebody who has just signed in. */
  async function assertion(app: string, token?: string) {
    const resumed = await deps.sessions.resume(token ?? (await signIn()).token)
    return resumed.kind === 'live' ? deps.assertionFor(resumed.claims, app) : assert.fail(resumed.kind)
  }

  /** A token as Latchkey would have issued it for others, or some time ago. */
  async function issue(audience: string, secondsAgo = 0) {
    const policy = { issuer, audiences: [audience], longestTokenLifeSeconds: 900 }
    const then = clock.now() - secondsAgo
    const ring = ringOf([...deps.ring.all()])
    return createIssuer({ ring, policy, extraClaims: [], clock: { now: () => then } })({
      ...{ sub: newId(), sid: newId(), auth_time: then, exp: then + 300 },
      ...{ username, role: 'user', name: null, email: null },
    })
  }

  /** Any payload, well signed by the key of this Latchkey. */
  async function sign(payload: object): Promise<string> {
    const text = `${part({ alg: key.alg, typ: 'JWT', kid: key.kid })}.${part(payload)}`
    const how = { name: 'ECDSA', hash: 'SHA-256' }
    return `${text}.${part(new Uint8Array(await crypto.subtle.sign(how, key.signKey, Buffer.from(text))))}`
  }

  return {
    issuer,
    username,
    signIn,
    assertion,
    issue,
    /** Tokens that no app may accept, by what is wrong with them. */
    async badTokens(): Promise<Record<string, string>> {
      const { claims } = await issue(issuer)
      const header = { alg: key.alg, typ: 'JWT', kid: key.kid }
      const foreign = await forgingKey('ES256', key.kid)
      const { exp: _, ...endless } = claims
      const pem = key.published?.pem ?? ''
      return {
        'for another audience': (await issue('https://other.example.test')).token,
        expired: (await issue(issuer, 301)).token,
        'signed by another key': forge(header, claims, foreign.secret, 'ES256'),
        'of another issuer': await sign({ ...claims, iss: 'https://evil.test' }),
        'without an end': await sign(endless),
        'not good yet': await sign({ ...claims, nbf: clock.now() + 250 }),
        'signed with the public key as a secret': forge({ ...header, alg: 'HS256' }, claims, pem, 'HS256'),
        'signed with nothing': `${forge({ ...header, alg: 'none' }, claims, pem, 'HS256')
          .split('.')
          .slice(0, 2)
          .join('.')}.`,
        'of another kind': await assertion(issuer),
        'no token': 'x',
      }
    },
  }
}

const programs = new Set<ChildProcess>()

/** Ends the programs that were started, so that none of them asks a Latchkey that is about to stop. */
export function stopPrograms(): void {
  for (const program of programs) program.kill()
  programs.clear()
}

/** Starts a program that prints a line when it listens; it is stopped with its Latchkey. Its line. */
export async function startProgram(command: string, args: string[], cwd: string): Promise<string> {
  const program = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  programs.add(program)
  let complaints = ''
  program.stderr.on('data', (data) => {
    complaints += data
  })
  const line = await Promise.race([
    once(program.stdout, 'data').then(([data]) => String(data).trim()),
    once(program, 'exit').then(() => assert.fail(complaints)),
  ])
  return line
}
