import type { ProxyKind } from './proxy.ts'

/** What to look at in the file of each proxy, by what it is there for. What stands in backquotes is a piece of the file that we ship. */
const LINES = {
  /** That Latchkey is asked at all. */
  ask: {
    nginx: '`auth_request /.latchkey/anybody;` in the server of the app, and every `auth_request off;`',
    Caddy: '`import latchkey_before_the_app role=user`, and `forward_auth` in there, before `reverse_proxy`',
    HAProxy:
      '`http-request lua.latchkey` and `http-request deny deny_status 503 unless` in the backend of the app',
    Traefik: '`ask-latchkey` in the middlewares of the router of the app',
  },
  /** By which it is asked at the right place, and can be reached. */
  reach: {
    nginx: '`proxy_pass http://latchkey/forward-auth/nginx;` and the server in `upstream latchkey`',
    Caddy: 'the address after `forward_auth`, and `uri /forward-auth/caddy`',
    HAProxy: '`server latchkey`, and `/forward-auth/nginx?role=` in haproxy-forward-auth.lua',
    Traefik: '`address: http://127.0.0.1:8000/forward-auth/traefik?role=user`',
  },
  /** What the answer for somebody in front of a page becomes. */
  toSignIn: {
    nginx:
      '`error_page 401 = @signed-out;`, `auth_request_set $latchkey_sign_in $upstream_http_location;` and `if ($latchkey_sign_in) { return 302 $latchkey_sign_in; }`',
    Caddy: '`uri /forward-auth/caddy` (that of nginx answers 401)',
    HAProxy: '`leads_to and 302 or answer.status` in haproxy-forward-auth.lua',
    Traefik: '`/forward-auth/traefik` in the address (that of nginx answers 401)',
  },
  /** By which Latchkey can tell a page load from a program. */
  isPage: {
    nginx:
      '`if ($latchkey_sign_in) { return 302 $latchkey_sign_in; }`, `proxy_set_header X-Original-Method $request_method;`, `proxy_set_header Accept $http_accept;` and `proxy_set_header Sec-Fetch-Mode $http_sec_fetch_mode;`',
    Caddy:
      'every `header_up` in `forward_auth`: none may be for X-Forwarded-Method, Accept or Sec-Fetch-Mode',
    HAProxy: '`["x-original-method"]` and `ASKED_BY` in haproxy-forward-auth.lua',
    Traefik: '`authRequestHeaders: [Cookie, Authorization, Accept, Sec-Fetch-Mode]`',
  },
  /** By which Latchkey knows which address was asked. */
  address: {
    nginx: '`proxy_set_header X-Original-URL $scheme://$http_host$request_uri;`',
    Caddy:
      'every `header_up` in `forward_auth`: none may be for X-Forwarded-Proto, -Host or -Uri; and, behind another proxy, trusted_proxies',
    HAProxy: '`["x-original-url"]` in haproxy-forward-auth.lua',
    Traefik: '`trustForwardHeader: false`, and, behind another proxy, `trustedIPs` of the entry point',
  },
  /** By which a client's own headers get no further. */
  clients: {
    nginx:
      '`proxy_pass_request_headers off;`, `underscores_in_headers off;` and `proxy_set_header X-Original-URL $scheme://$http_host$request_uri;`',
    Caddy: '`import latchkey_not_from_clients`, before `forward_auth`',
    HAProxy: 'the lines `http-request del-header` in the frontend',
    Traefik: '`not-from-clients`, first of the middlewares of the router, and `trustForwardHeader: false`',
  },
  /** By which Latchkey is shown the cookie. */
  cookie: {
    nginx: '`proxy_set_header Cookie $http_cookie;`',
    Caddy: '`request_header Cookie`, which must stand after `forward_auth`',
    HAProxy:
      '`ASKED_BY` in haproxy-forward-auth.lua, and `http-request del-header cookie`, which must stand after `lua.latchkey`',
    Traefik: '`authRequestHeaders: [Cookie, Authorization, Accept, Sec-Fetch-Mode]`',
  },
  /** By which an answer holds for one request alone. */
  fresh: {
    nginx: '`location ^~ /.latchkey/`: nothing there may be cached (proxy_cache)',
    Caddy: '`forward_auth`: nothing may keep what it is told',
    HAProxy: '`listen latchkey_inside`: nothing there may be cached (http-request cache-use)',
    Traefik: '`ask-latchkey`: nothing may keep what it is told',
  },
  /** By which a part asks for a role. */
  role: {
    nginx: '`auth_request /.latchkey/admin;` and `proxy_pass http://latchkey/forward-auth/nginx?role=admin;`',
    Caddy: '`@admin path` and `import latchkey_before_the_app role=admin`',
    HAProxy: '`acl admin` and `admin if admin`, after `lua.latchkey`',
    Traefik: '`app-admin` and `address: http://127.0.0.1:8000/forward-auth/traefik?role=admin`',
  },
  /** By which the world is kept from asking as a proxy does. */
  inside: {
    nginx: '`location ^~ /forward-auth { return 404; }` in the server of Latchkey',
    Caddy: '`@inside path /forward-auth* /metrics` and `respond 404` in the block of Latchkey',
    HAProxy: '`http-request return status 404` in the backend of Latchkey',
    Traefik: 'the router `latchkey-inside`',
  },
  /** By which what Latchkey sets as cookies stays with it. */
  setCookie: {
    nginx: 'every `add_header`: none may be for Set-Cookie',
    Caddy: '`copy_headers Remote-User Remote-Name Remote-Email Remote-Groups Remote-Assertion`',
    HAProxy: '`reply:add_header` in haproxy-forward-auth.lua: it may not be for set-cookie',
    Traefik:
      '`authResponseHeaders: [Remote-User, Remote-Name, Remote-Email, Remote-Groups, Remote-Assertion, Cookie, Authorization]`',
  },
} as const satisfies Record<string, Record<ProxyKind, string>>

export type Line = keyof typeof LINES

/** Which line to look at, in the file of this proxy or, when it is not known, of each. */
export function lineOf(line: Line, proxy: ProxyKind | null): string {
  const lines: Record<ProxyKind, string> = LINES[line]
  return proxy
    ? `In ${proxy} see to ${lines[proxy]}.`
    : `In HAProxy see to ${lines.HAProxy}; in Traefik to ${lines.Traefik}; in nginx to ${lines.nginx}; in Caddy to ${lines.Caddy}.`
}

/** For each proxy, all of it. */
export const allLinesOf = (proxy: ProxyKind): string[] => Object.values(LINES).map((lines) => lines[proxy])
