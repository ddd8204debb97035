import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { Hono } from 'hono'
import { HONOURED_WITHIN_MILLISECONDS } from '../until.testing.ts'
import { type LatchkeyEnv, latchkey } from './latchkey.ts'
import { runLatchkey } from './running.testing.ts'
import { createVerifier } from './verifier.ts'

const server = await runLatchkey()
const verifier = createVerifier({ issuer: server.issuer })
after(() => verifier.close())
await verifier.ready()
const app = new Hono<LatchkeyEnv>()
  .use(latchkey({ verifier }))
  .get('/', (c) => c.text(`hello ${c.var.user.username}`))
const ask = (headers: Record<string, string>) => app.request('/', { headers })

/** Asks until the answer is another one than 200, for as long as a sign-out may take to be known. */
async function refusedWithinASecond(headers: Record<string, string>): Promise<number> {
  const until = performance.now() + HONOURED_WITHIN_MILLISECONDS
  for (;;) {
    const { status } = await ask(headers)
    if (status !== 200 || performance.now() > until) return status
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('an app and a running Latchkey', () => {
  it('let a signed-in user pass until she signs out, and no second longer', async () => {
    for (let round = 0; round < 3; round++) {
      const { token, authorization, signOut } = await server.signIn()
      const cookie = { cookie: `token=${token}` }
      assert.equal(await (await ask({ authorization })).text(), 'hello user1')
      assert.equal((await ask(cookie)).status, 200)
      await signOut()
      assert.equal(await refusedWithinASecond({ authorization }), 401)
      assert.equal((await ask(cookie)).status, 401)
    }
  })

  it('refuse every bad token', async () => {
    for (const [what, token] of Object.entries(await server.badTokens()))
      assert.equal((await ask({ authorization: `Bearer ${token}` })).status, 401, what)
  })

  it('say that all is well', () => {
    const { isAvailable, trouble, keysAgeSeconds } = verifier.state()
    assert.deepEqual([isAvailable, trouble], [true, null])
    assert.ok(keysAgeSeconds !== null && keysAgeSeconds < 60)
  })
})
