import { isIP } from 'node:net'
import { createClient, ErrorReply } from '@redis/client'
import type { RedisAddress } from '../lib/redis-url.ts'
import { within } from '../lib/within.ts'

/** One connection to a Redis. Once it has broken it is of no more use. */
export interface RedisClient {
  /** Rejects with what Redis answers (ErrorReply), or with what became of the connection. */
  send(args: readonly string[]): Promise<unknown>
  close(): void
}

// Each step of connecting; all of them together must be done a little later than the last can give up by itself, for the
// library cannot be stopped in the middle of one.
const STEP_MILLISECONDS = 1000
const CONNECT_MILLISECONDS = 3000

/** Connects, and calls back once when that connection breaks. Rejects when there is no answer in time. */
export async function connectRedis(
  { host, port, tls, username, password, database }: RedisAddress,
  onBreak: (error: Error) => void,
): Promise<RedisClient> {
  const client = createClient({
    socket: {
      ...{ host, port, connectTimeout: STEP_MILLISECONDS, reconnectStrategy: false },
      // No certificate is asked for by an address (RFC 6066 3).
      ...(tls && { tls: true, ...(isIP(host) === 0 && { servername: host }) }),
    },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    database,
    // What cannot be sent now must not be sent later: whoever asked has been refused by then.
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  })
  const close = () => {
    if (client.isOpen) client.destroy()
  }
  // Without a listener each would be an uncaught error.
  client.on('error', () => {})
  try {
    // Not before it has answered: what merely accepts connections is no Redis.
    const answer = client.connect().then(() => client.sendCommand(['PING']))
    await within(answer, CONNECT_MILLISECONDS)
  } catch (error) {
    close()
    throw error
  }
  client.once('error', onBreak)
  return { send: (args) => client.sendCommand([...args]), close }
}

/** Whether Redis did answer, and said no. */
export const isReply = (error: unknown): error is ErrorReply => error instanceof ErrorReply
