import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { freePort } from '../src/free-port.testing.ts'
import { until } from '../src/until.testing.ts'
import { ask, type Header } from './ask.testing.ts'
import type { Asked } from './echo-app.testing.ts'
import { APP_HOST, AUTH_HOST, openSite, type Site, type StartProxy } from './forward-auth.testing.ts'
import { nameRows } from './forward-auth-names.testing.ts'
import { type People, signInPeople } from './forward-auth-people.testing.ts'
import { headerOf, identityOf } from './forward-auth-seen.testing.ts'

/** For tests only: what the files for Caddy and HAProxy say besides the table. */

/** What an operator may have besides. */
export interface Besides {
  /** Where it listens without TLS. */
  plainPort?: number
  /** Whatever it says is in this file of its folder. */
  log?: string
}

interface Given {
  site(): Site
  people(): People
  /** What comes of a question to which something answers so that is not Latchkey. */
  instead(status: number, headers: Record<string, string>): Promise<{ status: number; seen: Asked[] }>
}

const LOG = 'proxy.log'
/** `start` makes what starts the proxy; null: its program is not there. */
export function frontRows(
  proxy: string,
  start: ((besides: Besides) => StartProxy) | null,
  skip: string | false,
  more: (given: Given) => void = () => {},
): void {
  describe(`what the files for ${proxy} say by themselves`, { skip }, () => {
    let site: Site
    let people: People
    let folder: string
    let latchkeyPort: number
    let plainPort: number
    before(async () => {
      assert.ok(start, `CI needs ${proxy}`)
      plainPort = await freePort()
      const startProxy = start({ plainPort, log: LOG })
      site = await openSite((place) => {
        ;({ folder, latchkeyPort } = place)
        return startProxy(place)
      })
      people = await signInPeople(site)
    })
    after(() => site?.stop())

    async function seenAtApp<T>(asking: () => Promise<T>) {
      const before = site.app.asked.length
      return { answer: await asking(), seen: site.app.asked.slice(before) }
    }

    nameRows({ site: () => site, people: () => people, seenAtApp })

    it('a name that nobody knows is not served', async () => {
      for (const host of ['evil.test', `${APP_HOST}.`, `x.${APP_HOST}`]) {
        const { answer, seen } = await seenAtApp(() =>
          ask(site, 'GET', '/', { headers: [['Host', host], people.ada] }),
        )
        assert.deepEqual([answer.status, seen], [421, []], host)
      }
    })

    it('over plain http a page is sent to https, under its own name; anything else is refused', async () => {
      const plain = (method: string, host: string, path: string) =>
        new Promise<(number | string | undefined)[]>((resolve, reject) => {
          const options = {
            port: plainPort,
            host: '127.0.0.1',
            method,
            path,
            headers: { host },
            agent: false,
          }
          request(options, (response) => {
            response.resume()
            resolve([response.statusCode, response.headers.location])
          })
            .on('error', reject)
            .end()
        })
      const { seen } = await seenAtApp(async () => {
        for (const host of [APP_HOST, AUTH_HOST])
          assert.deepEqual(await plain('GET', host, '/wiki?q=1'), [301, `https://${host}/wiki?q=1`])
        for (const [method, host, path] of [
          ['POST', APP_HOST, '/'],
          ['POST', AUTH_HOST, '/signin'],
          ['GET', AUTH_HOST, '/v1/me'],
        ] as const)
          assert.deepEqual(await plain(method, host, path), [403, undefined], `${method} ${host}${path}`)
        const [, location = ''] = await plain('GET', 'evil.test', '/')
        assert.doesNotMatch(String(location), /evil/)
      })
      assert.deepEqual(seen, [])
    })

    it('Latchkey and the app hear the address of the client, and nothing of what the client says of itself', async () => {
      const from = '127.0.1.9'
      const spoofs: Header[] = [
        ['X-Forwarded-For', '6.6.6.6'],
        ['Forwarded', 'for=6.6.6.6'],
        ['X-Real-IP', '6.6.6.6'],
      ]
      const { seen } = await seenAtApp(() =>
        ask(site, 'GET', '/', { headers: [people.ada, ...spoofs], from }),
      )
      assert.deepEqual(
        seen.flatMap((one) => headerOf(one, 'x-forwarded-for')),
        [from],
      )
      await ask(site, 'POST', '/signin', {
        headers: [['Content-Type', 'application/json'], ...spoofs],
        body: '{"username":"ada","password":"not the password"}',
        atLatchkey: true,
        from,
      })
      assert.ok(site.logged.some((line) => line.includes(`"${from}"`)))
      assert.ok(!site.logged.some((line) => line.includes('6.6.6.6')))
    })

    /** Something else answers where Latchkey listens. */
    async function instead(status: number, headers: Record<string, string>, asked: readonly Header[] = []) {
      await site.stopLatchkey()
      const other = createServer((_, response) => {
        response.writeHead(status, headers).end()
      }).listen(latchkeyPort, '127.0.0.1')
      await once(other, 'listening')
      const { answer, seen } = await seenAtApp(() => ask(site, 'GET', '/', { headers: asked }))
      other.close()
      other.closeAllConnections()
      await once(other, 'close')
      await site.wakeLatchkey()
      return { status: answer.status, seen }
    }

    it("what Latchkey leaves out is not the client's own (CVE-2026-30851 GHSA-7r4p-vjf4-gxv4)", async () => {
      const spoofs = ['Name', 'Email', 'Groups', 'Assertion'].map(
        (part): Header => [`Remote-${part}`, 'mallory'],
      )
      const { seen } = await instead(200, { 'remote-user': 'ada' }, spoofs)
      for (const one of seen) assert.deepEqual(identityOf(one).user, ['ada'])
      assert.doesNotMatch(JSON.stringify(seen), /mallory/)
    })

    for (const status of [301, 302, 307, 400, 401, 403, 404, 500])
      it(`${status} lets nobody in, whatever stands beside it`, async () => {
        const { seen, status: answered } = await instead(status, { 'remote-user': 'ada' })
        assert.deepEqual(seen, [])
        assert.ok(answered >= 300, `${answered}`)
      })

    more({ site: () => site, people: () => people, instead })

    // The last, for it reads what all the others have left.
    it('no query, no cookie and no token is in its log', async () => {
      await ask(site, 'GET', '/last?q=nobody-must-read-this', { headers: [people.ada] })
      await ask(site, 'GET', '/signin?next=nobody-must-read-this', { atLatchkey: true })
      await site.stopLatchkey()
      await ask(site, 'GET', '/away?q=nobody-must-read-this', { headers: [people.ada] })
      await site.wakeLatchkey()
      const read = () => readFile(join(folder, LOG), 'utf8')
      await until('it is logged', async () => (await read()).includes('/away'))
      const log = await read()
      assert.ok(log.includes('/last') && log.includes('/signin'))
      for (const secret of ['nobody-must', 'next=', '__Secure-', 'eyJ'])
        assert.ok(!log.includes(secret), secret)
    })
  })
}
