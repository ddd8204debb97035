import { join } from 'node:path'
import { newSecret } from '../../lib/ids.ts'
import { folderWith } from './programs.testing.ts'
import { type Server, startServer } from './server.testing.ts'

/** Each test may have one that is empty. */
export const DATABASES = 10_000

export const redisFolder = () => folderWith('redis-server')

/**
 * Starts a new, empty Redis; null when none is installed. It keeps nothing: started again, it is empty again. A durable one
 * writes each change down, as that of deploy/compose.yaml.
 */
export async function startRedis(folder: string, { isDurable = false } = {}): Promise<Server | null> {
  const programs = redisFolder()
  if (programs === null) return null
  const password = newSecret()
  return startServer({
    command: join(programs, 'redis-server'),
    args: (port) => [
      ...['--port', `${port}`, '--bind', '127.0.0.1', '--requirepass', password],
      ...['--databases', `${DATABASES}`, '--save', '', '--dir', folder],
      ...['--appendonly', isDurable ? 'yes' : 'no'],
    ],
    options: { cwd: folder },
    ready: /Ready to accept connections/,
    signal: 'SIGTERM',
    url: (port) => `redis://:${password}@127.0.0.1:${port}`,
  })
}
