import { type Finding, ok, problem, warning } from './finding.ts'
import type { Reach } from './look-at-public-url.ts'

/** Whether people and apps find this Latchkey under PUBLIC_URL. `signingKid` is the published key that signs here, if any. */
export function judgePublicUrl(publicUrl: string, reach: Reach, signingKid: string | null): Finding[] {
  switch (reach.kind) {
    case 'unreachable':
      return [
        warning(
          `${publicUrl} cannot be reached from this machine (${reach.code}).`,
          'That may be meant so. If not, see that the server and the proxy run, and that the name leads to them.',
        ),
      ]
    case 'bad-certificate':
      return [
        problem(
          `The certificate of ${publicUrl} is not accepted (${reach.code}).`,
          'Give the proxy one for that name, with the certificates in between. For a CA of your own set NODE_EXTRA_CA_CERTS.',
        ),
      ]
    case 'no-tls':
      return [
        problem(
          `What answers at ${publicUrl} does not speak TLS as it should (${reach.code}).`,
          'See that PUBLIC_URL names the https port of the proxy, and not the port of Latchkey itself.',
        ),
      ]
    case 'redirected':
      return [
        problem(
          `${publicUrl} sends to ${reach.to}.`,
          'Set PUBLIC_URL to the address at which Latchkey itself answers, and let the proxy send it nowhere else.',
        ),
      ]
    case 'store-down':
      return [
        problem(
          `Latchkey answers at ${publicUrl}, and its stores do not.`,
          'See what it says of them in its log.',
        ),
      ]
    case 'stranger':
      return [
        problem(
          `What answers at ${publicUrl} is not Latchkey.`,
          'See where the proxy sends that name, and that it passes every path on, /v1 and /.well-known too.',
        ),
      ]
    case 'latchkey':
      return signingKid === null || reach.kids.includes(signingKid)
        ? [ok(`Latchkey answers at ${publicUrl}, and publishes its keys there.`)]
        : [
            problem(
              `Latchkey answers at ${publicUrl}, and does not publish the key ${signingKid} that signs here.`,
              'It has other keys than KEYS_DIR here: give every node the same files, or see whether it is another Latchkey.',
            ),
          ]
    default:
      return reach satisfies never
  }
}
