import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ask } from './ask.testing.ts'
import { askHttp2 } from './ask-http2.testing.ts'
import { findProxy, skipWithout } from './find-proxy.testing.ts'
import { openSite } from './forward-auth.testing.ts'
import { frontRows } from './forward-auth-front.testing.ts'
import { signInPeople } from './forward-auth-people.testing.ts'
import { identityOf, WHO } from './forward-auth-seen.testing.ts'
import { forwardAuthTable } from './forward-auth-table.testing.ts'
import { startHaproxy } from './haproxy-forward-auth.testing.ts'

const binary = findProxy('haproxy')
const skip = skipWithout('haproxy', binary)

forwardAuthTable('HAProxy', binary === null ? null : startHaproxy(binary), skip)

frontRows(
  'HAProxy',
  binary === null ? null : (besides) => startHaproxy(binary, besides),
  skip,
  ({ site, people, instead }) => {
    it('a WebSocket over HTTP/2 is asked about, and reaches the app with who asks', async () => {
      const websocket = { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'https', ':path': '/' }
      const before = site().app.asked.length
      assert.equal((await askHttp2(site(), websocket)).status, 401)
      assert.equal(site().app.asked.length, before)
      assert.equal((await askHttp2(site(), { ...websocket, cookie: people().ada[1] })).status, 200)
      assert.deepEqual(site().app.asked.slice(before).map(identityOf), [WHO.ada])
    })

    for (const [status, headers] of [
      [200, {}],
      [200, { 'remote-user': 'ada', 'remote-name': '', 'remote-email': '', 'remote-groups': 'user' }],
      [204, {}],
      [201, { 'remote-user': 'ada' }],
      [400, {}],
      [500, {}],
    ] as const)
      it(`${status} with ${Object.keys(headers).length} of five headers is not Latchkey: 503`, async () =>
        assert.deepEqual(await instead(status, headers), { status: 503, seen: [] }))
  },
)

describe('a Lua file that fails', { skip }, () => {
  for (const [name, action] of [
    ['raises an error', 'error("broken")'],
    ['does nothing', ''],
    ['sets half of what it should', 'txn:set_var("txn.latchkey_user", "mallory")'],
  ] as const)
    it(`${name}: 503, and nothing reaches the app, for HAProxy goes on after it`, async () => {
      assert.ok(binary, 'CI needs haproxy')
      const site = await openSite(async (place) => {
        const lua = join(place.folder, 'broken.lua')
        await writeFile(
          lua,
          `core.register_action("latchkey", { "http-req" }, function(txn) ${action} end, 2)\n`,
        )
        return startHaproxy(binary, { lua })(place)
      })
      try {
        const { root } = await signInPeople(site)
        const { status } = await ask(site, 'GET', '/', { headers: [root] })
        assert.deepEqual([status, site.app.asked], [503, []])
      } finally {
        await site.stop()
      }
    })
})
