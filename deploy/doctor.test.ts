import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { countLive } from '../src/cli/admin.ts'
import { latchkey, newFolder } from '../src/cli/process.testing.ts'
import { GOOD_PASSWORD } from '../src/testing.ts'
import { startCaddy } from './caddy-forward-auth.testing.ts'
import { ADA, type DoctorSite, NOBODY, openDoctorSite } from './doctor-site.testing.ts'
import { findProxy, type ProxyName, skipWithout } from './find-proxy.testing.ts'
import type { StartProxy } from './forward-auth.testing.ts'
import { startHaproxy } from './haproxy-forward-auth.testing.ts'
import { startNginx } from './nginx-forward-auth.testing.ts'

const NAMES = fileURLToPath(new URL('./test-names.testing.ts', import.meta.url))
const STARTS: Partial<Record<ProxyName, (binary: string) => StartProxy>> = {
  nginx: startNginx,
  caddy: startCaddy,
  haproxy: startHaproxy,
}

for (const [name, start] of Object.entries(STARTS) as [ProxyName, (binary: string) => StartProxy][]) {
  const binary = findProxy(name)
  describe(`doctor --url, of an app behind ${name}`, { skip: skipWithout(name, binary) }, () => {
    let site: DoctorSite
    before(async () => {
      assert.ok(binary, `CI needs ${name}`)
      site = await openDoctorSite(start(binary))
    })
    after(() => site?.stop())

    const doctor = async (args: string[], environment: Record<string, string> = {}) =>
      latchkey(await newFolder(), ['doctor', '--url', `${site.url}/wiki?q=1`, ...args], {
        NODE_OPTIONS: `--import=${NAMES}`,
        NODE_EXTRA_CA_CERTS: site.certificate,
        ...environment,
      })

    it('finds it well with nobody signed in, and says what it did not look at', async () => {
      const before = site.app.asked.length
      const { code, stdout, stderr } = await doctor(['--latchkey', site.authUrl])
      assert.deepEqual([code, stderr], [0, ''], stdout)
      const lines = stdout.trimEnd().split('\n')
      assert.ok(lines.every((line) => line.startsWith('ok')))
      assert.equal(lines.filter((line) => line.includes('Not looked at: give --')).length, 4)
      assert.equal(site.app.asked.length, before)
    })

    it('finds it well by an account, leaves no session, and says no secret', async () => {
      const { code, stdout, stderr } = await doctor(
        ['--json', '--user', 'ada', '--password-stdin', '--admin-url', site.adminUrl.href],
        {
          input: `${GOOD_PASSWORD}\n`,
          PUBLIC_URL: site.authUrl,
          COOKIE_DOMAIN: 'example.test',
          RETURN_TO: site.url,
          TRUSTED_PROXIES: '127.0.0.1',
        },
      )
      assert.deepEqual([code, stderr], [0, ''], stdout)
      const checks = (JSON.parse(stdout) as { check: string }[]).map(({ check }) => check)
      for (const check of [
        'signed out',
        'spoofing',
        'admin part',
        'signed in',
        'remembered',
        'wrong role',
        'revoked',
      ])
        assert.ok(checks.includes(check), check)
      assert.doesNotMatch(stdout, /Not looked at/)
      assert.doesNotMatch(stdout, /eyJ|plain long/)
      const ada = await site.deps.accounts.findByName('ada')
      assert.ok(ada)
      assert.equal(await countLive(site.deps, ada), 0)
    })

    it('sends the app no POST that could change anything', () => {
      const posts = site.app.asked.filter(({ method }) => method === 'POST')
      assert.deepEqual(
        [...new Set(posts.map(({ url, body }) => url + body))],
        ['/wiki/latchkey-doctor-nothing-is-here'],
      )
    })

    it('asks no role of one who is an admin', async () => {
      const { stdout } = await doctor(
        ['--latchkey', site.authUrl, '--user', 'root', '--password-stdin', '--admin-url', site.adminUrl.href],
        { input: `${GOOD_PASSWORD}\n` },
      )
      assert.match(stdout, /^ok {7}wrong role {3}Not looked at: give --user one who is no admin\.$/m)
    })

    it('shows the session to no address that a browser would not show it to', async (t) => {
      const shown: string[] = []
      const stranger = createServer(({ headers }, response) => {
        shown.push(`${headers.cookie ?? ''}${headers.authorization ?? ''}`)
        response.end()
      }).listen(0, '127.0.0.1')
      t.after(() => stranger.close())
      await once(stranger, 'listening')
      const { port } = stranger.address() as AddressInfo
      for (const [address, words] of [
        [`http://127.0.0.1:${port}/admin`, /for https alone and never reaches/],
        [`https://127.0.0.1:${port}/admin`, /no domain in common/],
      ] as const) {
        const { stdout } = await doctor(
          ['--latchkey', site.authUrl, '--user', 'ada', '--password-stdin', '--admin-url', address],
          { input: `${GOOD_PASSWORD}\n` },
        )
        assert.match(stdout.split('\n').find((line) => line.includes('wrong role')) ?? '', words)
      }
      assert.ok(shown.length > 0)
      for (const text of shown) assert.doesNotMatch(text, /ey[\w-]+\.ey/)
    })

    it('says that the password is wrong, and ends with 1', async () => {
      const { code, stdout, stderr } = await doctor(
        ['--latchkey', site.authUrl, '--user', 'ada', '--password-stdin'],
        { input: 'another long sentence\n' },
      )
      assert.deepEqual([code, stderr], [1, 'The doctor has found 1 problem.\n'])
      assert.match(stdout, /^problem {2}signed in {4}ada cannot sign in with that password\./m)
      assert.doesNotMatch(stdout, /another long/)
    })

    it('finds a certificate that is not accepted', async () => {
      const { code, stdout } = await doctor(['--latchkey', site.authUrl], { NODE_EXTRA_CA_CERTS: '' })
      assert.equal(code, 1)
      assert.match(
        stdout,
        /^problem {2}signed out .*the certificate is not accepted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
      )
    })

    describe('with settings of Latchkey that do not fit', () => {
      after(() => site.setLatchkey({}))
      for (const [what, settings, said] of [
        [
          'RETURN_TO without the app',
          { returnTo: [] as string[] },
          /^signed out: .*forbidden \(403\): Latchkey does not know the app\. Add https:\/\/app\.example\.test:\d+ to RETURN_TO/,
        ],
        [
          'TRUSTED_PROXIES without the proxy',
          { trustedProxies: NOBODY },
          /^signed out: .*forbidden \(403\): Latchkey does not take this proxy .* Set TRUSTED_PROXIES/,
        ],
        [
          'another PUBLIC_URL',
          { publicUrl: 'https://login.example.test' },
          /^signed out: .*led to the sign-in page of https:\/\/login\.example\.test, and not/,
        ],
      ] as const)
        it(`finds ${what}`, async () => {
          await site.setLatchkey(settings)
          assert.match((await site.examine())[0] ?? '', said)
        })

      it('finds a cookie that never reaches the app', async () => {
        await site.setLatchkey({ cookieDomain: null })
        assert.match(
          (await site.examine({ account: ADA })).join('\n'),
          /^cookies: The access token is for auth\.example\.test alone .* Set COOKIE_DOMAIN=example\.test/,
        )
        assert.match(
          (await site.examine({ settings: { cookieDomain: null, trustedProxies: NOBODY } })).join('\n'),
          /^proxies: TRUSTED_PROXIES is empty.*\ncookies: The access token is for auth/,
        )
      })
    })

    it('finds Latchkey away', async () => {
      await site.stopLatchkey()
      const said = await site.examine()
      await site.wakeLatchkey()
      assert.match(
        said[0] ?? '',
        /^signed out: Signed out, GET .*WebSocket: answered 50[23]: the proxy does not reach/,
      )
      assert.match(said.at(-1) ?? '', /^public url: /)
    })
  })
}
