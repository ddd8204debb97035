import { type Finding, ok, problem } from '../finding.ts'
import { reaches } from './session.ts'

/** Whether a cookie of Latchkey's ever gets to the app. `domain`: of the cookie, null for the host of Latchkey alone. */
export function judgeReach(publicUrl: string, app: URL, domain: string | null): Finding {
  const { hostname, protocol } = new URL(publicUrl)
  if (protocol === 'https:' && app.protocol !== 'https:')
    return problem(
      `The access token is for https alone and never reaches ${app.origin}: nobody can sign in there.`,
      'Give the address that begins with https.',
    )
  if (reaches({ domain }, hostname, app.hostname))
    return ok(`The access token of ${hostname} reaches ${app.hostname}.`)
  const common = commonDomain(hostname, app.hostname)
  const sentence =
    domain === null
      ? `The access token is for ${hostname} alone and never reaches ${app.hostname}: nobody can sign in there.`
      : `The access token is for the hosts of ${domain}, and ${app.hostname} is none: nobody can sign in there.`
  return common === null
    ? problem(sentence, `${hostname} and ${app.hostname} have no domain in common. Give them names in one.`)
    : problem(sentence, `Set COOKIE_DOMAIN=${common}, and restart Latchkey.`)
}

/** The longest that both are in, of two labels at least, for browsers take no cookie for all of `.org`. */
function commonDomain(one: string, other: string): string | null {
  const labels = one.split('.')
  const domains = labels.map((_, i) => labels.slice(i).join('.'))
  return (
    domains.find(
      (domain) => domain.includes('.') && /[a-z]/.test(domain) && `.${other}`.endsWith(`.${domain}`),
    ) ?? null
  )
}
