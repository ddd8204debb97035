import type { Config } from '../config.ts'
import { isLoopback } from '../lib/loopback.ts'
import { type Finding, ok, warning } from './finding.ts'

export type CookieSettings = Pick<Config, 'publicUrl' | 'cookieDomain' | 'host'>

/** Who is given the cookie. */
export function judgeCookies({ publicUrl, cookieDomain, host }: CookieSettings): Finding[] {
  const { hostname, protocol } = new URL(publicUrl)
  if (cookieDomain !== null)
    return [
      warning(
        `COOKIE_DOMAIN is set: every host of ${cookieDomain} sees the access token, and can act as that person until it expires.`,
        'Leave it out unless you run all of those hosts yourself.',
      ),
    ]
  if (protocol === 'https:')
    return [ok(`The cookie is for ${hostname} alone (__Host-), and goes over https only.`)]
  return isLoopback(host)
    ? [ok('PUBLIC_URL is this machine only, where the cookie may go over plain http.')]
    : [
        warning(
          'HOST lets other machines in, and PUBLIC_URL is this machine only: nobody else can sign in.',
          'Set PUBLIC_URL to the https address of the proxy in front.',
        ),
      ]
}
