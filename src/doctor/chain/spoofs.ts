import type { HeaderLines } from './ask.ts'

/** What a client may say of itself, and must have no part in. */
export interface Spoof {
  name: string
  headers: HeaderLines
}

const MALLORY = 'latchkey-doctor'
const IDENTITY = ['Remote-User', 'Remote-Name', 'Remote-Email', 'Remote-Groups', 'Remote-Assertion']
const all = (names: readonly string[], value: string): HeaderLines =>
  Object.fromEntries(names.map((name) => [name, value]))

/** For an app at this address. The other host is that of Latchkey, for one that it does not know it would refuse, and nothing be seen. */
export const spoofsFor = ({ protocol, host, hostname, port, origin }: URL, publicUrl: string): Spoof[] => {
  const other = new URL(publicUrl).host
  const otherProtocol = protocol === 'https:' ? 'http' : 'https'
  const withPort = (name: string) => (port === '' ? name : `${name}:${port}`)
  return [
    { name: 'Remote-User and its likes', headers: all(IDENTITY, MALLORY) },
    {
      name: 'Remote_User',
      headers: all(
        IDENTITY.map((name) => name.replace('-', '_')),
        MALLORY,
      ),
    },
    {
      name: 'X-Forwarded-User',
      headers: all(['X-Forwarded-User', 'X_Forwarded_User', 'X-Remote-User'], MALLORY),
    },
    { name: 'X-Forwarded-Host', headers: { 'X-Forwarded-Host': other } },
    { name: 'X-Forwarded-Proto', headers: { 'X-Forwarded-Proto': otherProtocol } },
    {
      name: 'X-Forwarded-Uri',
      headers: all(['X-Forwarded-Uri', 'X-Original-URI', 'X-Rewrite-URL'], '/public'),
    },
    { name: 'X-Forwarded-Method', headers: all(['X-Forwarded-Method', 'X-Original-Method'], 'OPTIONS') },
    { name: 'X-Forwarded-For', headers: all(['X-Forwarded-For', 'X-Real-IP'], '127.0.0.1') },
    {
      name: 'Forwarded',
      headers: { Forwarded: `for=127.0.0.1;host=${other};proto=${protocol.slice(0, -1)}` },
    },
    { name: 'X-Original-URL', headers: all(['X-Original-URL', 'X_Original_URL'], `${origin}/public`) },
    {
      name: 'Connection: Remote-User',
      headers: { Connection: 'close, Remote-User', 'Remote-User': MALLORY },
    },
    {
      name: 'Connection: X-Original-URL',
      headers: { Connection: 'close, X-Original-URL, X-Forwarded-Host' },
    },
    // A name alone has capitals and a dot at its end; an address has neither.
    ...(/[a-z]/.test(hostname)
      ? [
          { name: 'Host in capitals', headers: { Host: host.toUpperCase() } },
          { name: 'Host with a dot at its end', headers: { Host: withPort(`${hostname}.`) } },
        ]
      : []),
  ]
}
