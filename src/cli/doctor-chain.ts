import type { ChainAsked } from '../doctor/chain/examine-chain.ts'
import { isLoopback } from '../lib/loopback.ts'
import { readPassword } from './ask-password.ts'
import { Refusal } from './refusal.ts'
import { settings } from './settings.ts'

export interface ChainOptions {
  url: string
  latchkey?: string
  adminUrl?: string
  user?: string
  passwordStdin?: boolean
}

/** What to examine. Throws a Refusal for what cannot be asked, before any password is read. */
export async function readChain(options: ChainOptions): Promise<ChainAsked> {
  const url = readAddress('--url', options.url)
  const adminUrl = options.adminUrl === undefined ? null : readAddress('--admin-url', options.adminUrl)
  const config = options.latchkey === undefined ? settings() : null
  const publicUrl = config?.publicUrl ?? readLatchkey(options.latchkey ?? '')
  const { user: username } = options
  const account = username === undefined ? null : { username, password: await readPassword(options) }
  return { url, adminUrl, publicUrl, account, settings: config }
}

function readAddress(option: string, text: string): URL {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw new Refusal(`${option} must be an address such as https://app.example.org.`)
  return url
}

/** The password goes there: never in the clear over a network. */
function readLatchkey(text: string): string {
  const { protocol, hostname, origin } = readAddress('--latchkey', text)
  if (protocol !== 'https:' && !isLoopback(hostname))
    throw new Refusal('--latchkey must be an https address, for a password may be sent there.')
  return origin
}
