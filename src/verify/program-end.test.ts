import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'
import { forgingKey } from '../vectors/forge.testing.ts'

const { published } = await forgingKey()

let isAway = true

/** What Latchkey answers while nothing happens, once it is not away any more. */
const latchkey = createServer(({ url = '' }, response) => {
  if (isAway) return response.destroy()
  const epoch = { id: 'first', at: 1 }
  if (url.startsWith('/.well-known')) return response.end(JSON.stringify({ keys: [published?.jwk] }))
  if (url.includes('wait='))
    setTimeout(() => response.end(JSON.stringify({ epoch, cursor: 'c', revoked: [] })), 1000)
  else response.end(JSON.stringify({ epoch, cursor: 'c', revoked: [] }))
})
latchkey.listen(0, '127.0.0.1')
await once(latchkey, 'listening')
after(() => {
  latchkey.closeAllConnections()
  latchkey.close()
})

/** A program of an app that has nothing to do but what `code` says; `verifier` is there. */
function start(port: number, code: string) {
  const source = `
    import { createVerifier } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    const verifier = createVerifier({
      issuer: 'http://127.0.0.1:${port}',
      maxStaleSeconds: 5,
      onTrouble: (trouble) => console.log(trouble === null ? 'well' : 'trouble'),
    })
    ${code}`
  return spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

describe('a program with a verifier', () => {
  it('waits for ready() while Latchkey is away, and then ends by itself, closed or not', async () => {
    const { port } = latchkey.address() as AddressInfo
    const programs = ['await verifier.ready(); verifier.close()', 'await verifier.ready()'].map((code) =>
      start(port, code),
    )
    const ended = programs.map((program) => once(program, 'exit'))
    for (const { stdout } of programs) assert.equal(String((await once(stdout, 'data'))[0]), 'trouble\n')
    isAway = false
    for (const exit of ended) assert.deepEqual(await exit, [0, null])
  })
})
