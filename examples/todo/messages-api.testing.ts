import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import contract from './messages-api.json' with { type: 'json' }
import type { VonageAccount } from './vonage.ts'

/** For tests only: a Messages API on loopback, which takes no request but the documented one. */

export const ACCOUNT = {
  key: 'a1b2c3d4',
  secret: 'a1b2c3d4e5f6g7h8',
  from: '447700900001',
  to: '447700900000',
}
export const TEXT = contract.request.body.text

/** An answer as documented, or trouble: `brokenLate` comes when the test says so. */
export type Scene =
  | keyof typeof contract.answers
  | ('hang' | 'hangUp' | 'halfAccepted' | 'elsewhere' | 'brokenLate')

export async function startMessagesApi(...scenes: Scene[]) {
  const wrong: string[] = []
  const { promise: late, resolve: answerNow } = Promise.withResolvers<void>()
  let asked = 0
  const server = createServer(async (request, response) => {
    const scene = scenes[asked++]
    try {
      assert.ok(scene, 'there was no further request to come')
      await assertAsDocumented(request)
    } catch (error) {
      wrong.push(String(error))
      response.writeHead(400).end()
      return
    }
    if (scene === 'hang') return
    if (scene === 'hangUp') return request.socket.destroy()
    if (scene === 'elsewhere') return response.writeHead(307, { location: '/v1/messages' }).end()
    if (scene === 'brokenLate') await late
    const { status, contentType, body } = contract.answers[documented(scene)]
    response.writeHead(status, { 'content-type': contentType })
    if (scene !== 'halfAccepted') return response.end(JSON.stringify(body))
    response.write('{"message_uuid":', () => request.socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.closeAllConnections()
    server.close()
    assert.deepEqual(wrong, [])
  })
  const account: VonageAccount = {
    ...ACCOUNT,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  }
  return { account, asked: () => asked, answerNow }
}

async function assertAsDocumented(request: IncomingMessage): Promise<void> {
  const { method, path, headers, body } = contract.request
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  assert.deepEqual([request.method, request.url], [method, path])
  for (const [name, value] of Object.entries(headers)) assert.equal(request.headers[name], value)
  assert.deepEqual(JSON.parse(Buffer.concat(chunks).toString()), body)
}

function documented(scene: Exclude<Scene, 'hang' | 'hangUp' | 'elsewhere'>): keyof typeof contract.answers {
  if (scene === 'halfAccepted') return 'accepted'
  return scene === 'brokenLate' ? 'broken' : scene
}
