import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ADA, type DoctorSite, openDoctorSite } from './doctor-site.testing.ts'
import { findProxy, skipWithout } from './find-proxy.testing.ts'
import { startNginx } from './nginx-forward-auth.testing.ts'

const binary = findProxy('nginx')

/** What an operator may have done to nginx.conf, and the first that the doctor says of it. */
interface Breaking {
  what: string
  change: [line: string | RegExp, instead: string][]
  said: RegExp
  /** Seen only by somebody who is signed in. */
  by?: 'account'
}

const ADDRESS = 'proxy_set_header X-Original-URL    $scheme://$http_host$request_uri;'
const IN_APP = 'location / { proxy_pass http://app; }'
const MAP = 'map $http_accept $latchkey_answer_type {'
const RETURN = 'if ($latchkey_sign_in) { return 302 $latchkey_sign_in; }'

const BREAKINGS: Breaking[] = [
  {
    what: 'does not ask Latchkey at all',
    change: [['auth_request /.latchkey/anybody;', '']],
    said: /^signed out: Signed out, GET of a page, HEAD, POST, XHR, WebSocket: let through, with nobody signed in: the app is open to everybody\..*In nginx see to `auth_request /,
  },
  {
    what: 'leaves a location open',
    change: [[IN_APP, 'location / { auth_request off; proxy_pass http://app; }']],
    said: /^signed out: .*WebSocket: let through, with nobody signed in: the app is open to everybody\./,
  },
  {
    what: 'leaves pages open to whoever posts',
    change: [
      [
        'auth_request /.latchkey/anybody;',
        'if ($request_method = POST) { rewrite ^ /open last; }\nlocation = /open { auth_request off; proxy_pass http://app; }\nauth_request /.latchkey/anybody;',
      ],
    ],
    said: /^signed out: Signed out, POST: let through, /,
  },
  {
    what: 'leads nobody to the sign-in page',
    change: [['error_page 401 =    @signed-out;', '']],
    said: /^signed out: Signed out, GET of a page, HEAD: refused \(401\), and not led to .*.*`error_page 401/,
  },
  {
    what: 'leads everybody to another place',
    change: [[RETURN, 'return 302 https://example.test/sign-in-here;']],
    said: /^signed out: Signed out, GET .*XHR, WebSocket: sent to https:\/\/example\.test\/sign-in-here with nobody signed in, and not to the sign-in page of /,
  },
  {
    what: 'does not say how it was asked',
    change: [
      [
        'proxy_set_header Sec-Fetch-Mode    $http_sec_fetch_mode;',
        'proxy_set_header Sec-Fetch-Mode navigate;',
      ],
      ['proxy_set_header X-Original-Method $request_method;', 'proxy_set_header X-Original-Method GET;'],
    ],
    said: /^signed out: Signed out, POST, XHR, WebSocket: sent to the sign-in page, which no program can use.*.*X-Original-Method/,
  },
  {
    what: 'does not say what was asked',
    change: [[ADDRESS, '']],
    said: /^signed out: Signed out, GET .*: answered 503: the proxy does not reach Latchkey, or is not understood by it\. .*X-Original-URL .*forward_auth\.refused/,
  },
  {
    what: 'says another scheme',
    change: [[ADDRESS, 'proxy_set_header X-Original-URL http://$http_host$request_uri;']],
    said: /^signed out: .*forbidden \(403\): Latchkey does not take this proxy .* or is told another origin .*X-Original-URL/,
  },
  {
    what: 'forgets the query',
    change: [
      [ADDRESS, 'proxy_set_header X-Original-URL $scheme://$http_host$latchkey_broken;'],
      [MAP, `map $request_uri $latchkey_broken { "~^(?<latchkey_path>[^?]*)" $latchkey_path; }\n${MAP}`],
    ],
    said: /^signed out: Signed out, GET of a page, HEAD: led to .* lead back to https:\/\/app\.example\.test:\d+\/wiki \(another query than was asked\)\. In nginx see to `proxy_set_header X-Original-URL/,
  },
  {
    what: 'believes a client about the address',
    change: [
      [ADDRESS, 'proxy_set_header X-Original-URL $latchkey_broken;'],
      [
        MAP,
        `map $http_x_original_url $latchkey_broken { "" $scheme://$http_host$request_uri; default $http_x_original_url; }\n${MAP}`,
      ],
    ],
    said: /^spoofing: A client that sends X-Original-URL chooses which address Latchkey is asked about: https:\/\/app\.example\.test:\d+\/public\. In nginx see to `proxy_pass_request_headers off;`/,
  },
  {
    what: 'lets whoever says Remote-User in',
    change: [
      [
        'auth_request /.latchkey/anybody;',
        'if ($http_remote_user) { rewrite ^ /open last; }\nlocation = /open { auth_request off; proxy_pass http://app; }\nauth_request /.latchkey/anybody;',
      ],
    ],
    said: /^spoofing: A client that sends Remote-User and its likes is let through, with nobody signed in: the app is open to whoever says so\. /,
  },
  {
    what: 'asks at a wrong path',
    change: [
      ['proxy_pass http://latchkey/forward-auth/nginx;', 'proxy_pass http://latchkey/forward-auth/ngnix;'],
    ],
    said: /^signed out: .*answered 503: .*`proxy_pass http:\/\/latchkey\/forward-auth\/nginx;`/,
  },
  {
    what: 'opens the inside to the world',
    change: [['location ^~ /forward-auth { return 404; }', '']],
    said: /^public url: \/forward-auth\/nginx, \/forward-auth\/caddy, \/forward-auth\/traefik can be asked from outside .*\(answered 400\).*`location \^~ \/forward-auth/,
  },
  {
    what: 'does not show Latchkey the cookie',
    change: [['proxy_set_header Cookie            $http_cookie;', '']],
    said: /^signed in: Signed in, GET of a page, HEAD: sent to the sign-in page all the same, and from there back again: a loop\. In nginx see to `proxy_set_header Cookie/,
    by: 'account',
  },
  {
    what: 'asks no role of a part for admins',
    change: [['/forward-auth/nginx?role=admin;', '/forward-auth/nginx;']],
    said: /^wrong role: Signed in, and no admin, GET .*: not forbidden \(403\) to somebody who is no admin\. .*role=admin/,
    by: 'account',
  },
  {
    what: 'keeps what Latchkey has said',
    change: [
      ['upstream latchkey {', 'proxy_cache_path cache keys_zone=kept:1m;\nupstream latchkey {'],
      [
        'location ^~ /.latchkey/ {',
        'location ^~ /.latchkey/ {\nproxy_cache kept; proxy_cache_key $uri$http_cookie; proxy_cache_valid 200 1m; proxy_ignore_headers Cache-Control Vary;',
      ],
    ],
    said: /^revoked: Signed out again, with the old token, .*: let in by the token of a session that has ended\. In nginx see to `location .*proxy_cache/,
    by: 'account',
  },
  {
    what: 'sends the app to itself',
    change: [[IN_APP, 'location / { return 302 $request_uri; }']],
    said: /^signed out: https:\/\/app\.example\.test:\d+\/wiki sends a browser in circles/,
  },
]

describe('doctor --url, of an nginx.conf that was changed', { skip: skipWithout('nginx', binary) }, () => {
  let site: DoctorSite
  before(async () => {
    assert.ok(binary, 'CI needs nginx')
    site = await openDoctorSite(startNginx(binary))
  })
  after(() => site?.stop())

  it('finds nothing where nothing was changed', async () =>
    assert.deepEqual(await site.examine({ account: ADA, adminUrl: site.adminUrl }), []))

  for (const { what, change, said, by } of BREAKINGS)
    it(`finds that it ${what}`, async () => {
      await site.replaceProxy(
        startNginx(binary ?? '', {
          change: (conf) =>
            change.reduce((text, [line, instead]) => {
              assert.ok(text.includes(String(line)), `${line} is no line of nginx.conf`)
              return text.replace(line, () => instead)
            }, conf),
        }),
      )
      const account = by === 'account' ? { account: ADA, adminUrl: site.adminUrl } : {}
      const found = await site.examine(account)
      assert.match(found[0] ?? '', said)
    })
})
