import type { Config } from '../config.ts'
import { type Finding, ok, warning } from './finding.ts'

/** Whose address is written down as that of a person. Latchkey speaks no TLS, so an https address means a proxy in front. */
export function judgeProxies({
  publicUrl,
  trustedProxies,
}: Pick<Config, 'publicUrl' | 'trustedProxies'>): Finding[] {
  const isBehindProxy = publicUrl.startsWith('https:')
  if (trustedProxies.rules.length > 0)
    return [ok('Addresses are taken from X-Forwarded-For of the proxies that TRUSTED_PROXIES names.')]
  return isBehindProxy
    ? [
        warning(
          'TRUSTED_PROXIES is empty, and PUBLIC_URL is https: every address in the audit log is that of the proxy.',
          'Set TRUSTED_PROXIES to the address of the proxy, such as 127.0.0.1 when it runs here.',
        ),
      ]
    : [ok('Addresses are those of whoever connects: there is no proxy in front.')]
}
