import type { Silence } from '../look-at-public-url.ts'
import type { Chain } from './chain.ts'
import type { Fault } from './fault.ts'
import { lineOf } from './lines.ts'

/** Why the proxy and Latchkey do not understand each other, whoever asks. */

const problem = (what: string, whatToDo: string): Fault => ({ level: 'problem', what, whatToDo })

const IN_THE_LOG = 'The line forward_auth.refused in the log of Latchkey says which.'
const nameOrigin = (origin: string) => `Add ${origin} to RETURN_TO, and restart Latchkey.`
export const TRUST =
  'Set TRUSTED_PROXIES to the address that the proxy asks from, such as 127.0.0.1 when it runs beside Latchkey, and restart Latchkey.'

/** 403 for whoever is not even signed in. */
export function forbiddenBy({ leadsBack, proxy }: Chain, { origin }: URL, code: string | null): Fault {
  if (code === 'untrusted_proxy')
    return problem('forbidden (403): Latchkey does not take this proxy for one of its own.', TRUST)
  if (leadsBack === false)
    return problem('forbidden (403): Latchkey does not know the app.', nameOrigin(origin))
  // It knows the app, so it is told another address.
  if (code === 'unknown_app' && leadsBack)
    return problem(
      'forbidden (403): Latchkey is told another origin than was asked.',
      lineOf('address', proxy),
    )
  if (leadsBack)
    return problem(
      'forbidden (403): Latchkey does not take this proxy for one of its own, or is told another origin than was asked.',
      `${TRUST} ${lineOf('address', proxy)} ${IN_THE_LOG}`,
    )
  return problem(
    'forbidden (403): Latchkey does not know the proxy or the app.',
    `${TRUST} Or: ${nameOrigin(origin)} ${IN_THE_LOG}`,
  )
}

/** Passed on by a proxy that passes everything on. */
export const misunderstoodBy = ({ proxy }: Chain, code: string): Fault =>
  code === 'not_found'
    ? problem('answered 404 by Latchkey, which the proxy asks at a wrong path.', lineOf('reach', proxy))
    : problem(
        'answered 400 by Latchkey, which does not understand the proxy: a header is missing, is there twice or has another form, or the query is not role=user or role=admin.',
        `${lineOf('address', proxy)} ${lineOf('reach', proxy)}`,
      )

export function brokenBy({ proxy }: Chain, status: number, code: string | null): Fault {
  if (code === 'store_down' || code === 'no_key')
    return problem(
      `answered ${status} by Latchkey (${code}).`,
      'See what Latchkey says in its log, and run npx latchkey doctor where it runs.',
    )
  return problem(
    `answered ${status}: the proxy does not reach Latchkey, or is not understood by it.`,
    `${lineOf('reach', proxy)} ${lineOf('address', proxy)} ${TRUST} ${IN_THE_LOG}`,
  )
}

export function silenced({ kind, code }: Silence): Fault {
  switch (kind) {
    case 'unreachable':
      return problem(
        `no answer (${code}).`,
        'See that the proxy runs, that the name leads to it, and that this machine may reach it.',
      )
    case 'bad-certificate':
      return problem(
        `the certificate is not accepted (${code}).`,
        'Give the proxy one for that name, with the certificates in between. For a CA of your own set NODE_EXTRA_CA_CERTS.',
      )
    case 'no-tls':
      return problem(
        `what answers does not speak TLS as it should (${code}).`,
        'See that --url names the https port of the proxy, and not the port of the app itself.',
      )
    default:
      return kind satisfies never
  }
}
