import type { VonageAccount } from './vonage.ts'

export interface TodoSettings {
  port: number
  host: string
  /** The origin of this app as browsers write it. */
  publicUrl: string
  /** PUBLIC_URL of Latchkey. */
  latchkeyUrl: string
  /** A path, or `:memory:`. */
  database: string
  /** Null: nobody is told. */
  vonage: VonageAccount | null
}

export type SettingsRead = { kind: 'settings'; settings: TodoSettings } | { kind: 'bad'; problems: string[] }
export type Environment = Record<string, string | undefined>

const VONAGE = ['VONAGE_API_KEY', 'VONAGE_API_SECRET', 'VONAGE_FROM', 'VONAGE_TO'] as const
const MOST_PORT = 65_535
const NUMBER = /^\+?[1-9]\d{6,14}$/
const SENDER = /^[A-Za-z\d ]{1,11}$/
// What Basic cannot carry, or what nobody meant (RFC 7617 2).
const KEY = /^[\w-]+$/
const PRINTABLE = /^[\x21-\x7e]+$/
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** Reads the settings; all that is wrong is named at once, and no value is repeated. */
export function readSettings(environment: Environment): SettingsRead {
  const problems: string[] = []
  // An empty setting is one that was not made.
  const said = (name: string) => environment[name] || undefined

  function origin(name: string, preset: string): string {
    const url = URL.parse(said(name) ?? preset)
    if (!url || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`)
      problems.push(`${name} must be an origin such as https://app.example.org, without a path.`)
    else if (url.protocol !== 'https:' && !LOOPBACK.includes(url.hostname))
      problems.push(`${name} must be https, but for an address of this machine.`)
    return url?.origin ?? preset
  }

  function vonage(): VonageAccount | null {
    const baseUrl = origin('VONAGE_BASE_URL', 'https://api.nexmo.com')
    const missing = VONAGE.filter((name) => said(name) === undefined)
    if (missing.length === VONAGE.length) return null
    if (missing.length > 0) problems.push(`For SMS, ${missing.join(' and ')} must be set too.`)
    const [key = '', secret = '', from = '', to = ''] = VONAGE.map(said)
    if (key && !KEY.test(key)) problems.push('VONAGE_API_KEY must be of letters and digits.')
    if (secret && !PRINTABLE.test(secret)) problems.push('VONAGE_API_SECRET must be text without blanks.')
    if (to && !NUMBER.test(to)) problems.push('VONAGE_TO must be a number such as +447700900000.')
    if (from && !NUMBER.test(from) && !SENDER.test(from))
      problems.push('VONAGE_FROM must be a number, or a name of at most 11 letters and digits.')
    // The API takes numbers without the plus.
    return { key, secret, from: from.replace('+', ''), to: to.replace('+', ''), baseUrl }
  }

  const port = readPort(said('PORT') ?? '3000')
  if (port === null) problems.push(`PORT must be a whole number from 1 to ${MOST_PORT}.`)
  const settings = {
    port: port ?? 0,
    host: said('HOST') ?? '127.0.0.1',
    publicUrl: origin('TODO_URL', `http://localhost:${port ?? 0}`),
    latchkeyUrl: origin('LATCHKEY_URL', 'http://localhost:8000'),
    database: said('TODO_DATABASE') ?? 'todo-data/todo.db',
    vonage: vonage(),
  }
  return problems.length > 0 ? { kind: 'bad', problems } : { kind: 'settings', settings }
}

const readPort = (text: string): number | null =>
  /^[1-9]\d{0,4}$/.test(text) && Number(text) <= MOST_PORT ? Number(text) : null
