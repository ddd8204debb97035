import { connect } from 'node:net'
import { DATABASES } from './redis.testing.ts'

const DEFAULT_PORT = 6379

/** For tests only: the URL of a database that no other test has, whichever process asks: they are counted in the first one. */
export async function freshNumber(url: string): Promise<string> {
  const own = new URL(url)
  own.pathname = `/${1 + ((await countUp(own)) % (DATABASES - 1))}`
  return own.href
}

/** Redis takes commands as lines too, so that no client is needed. */
async function countUp({ hostname, port, username, password }: URL): Promise<number> {
  const socket = connect(Number(port || DEFAULT_PORT), hostname)
  const login = password ? `AUTH ${decodeURIComponent(`${username} ${password}`).trim()}\r\n` : ''
  socket.write(`${login}INCR latchkey-tests\r\nQUIT\r\n`)
  let said = ''
  for await (const text of socket) said += text
  const count = /^:(\d+)/m.exec(said)?.[1]
  if (count === undefined) throw new Error(`Redis answered ${said}`)
  return Number(count)
}
