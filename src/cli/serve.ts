import { hostname } from 'node:os'
import type { Command } from 'commander'
import type { Config } from '../config.ts'
import { openDeps } from '../deps.ts'
import type { Example } from '../http/example.ts'
import { isLoopback } from '../lib/loopback.ts'
import { createLogger } from '../log.ts'
import type { RunningServer } from '../server.ts'
import { Refusal } from './refusal.ts'
import { settings } from './settings.ts'

export function serveCommand(program: Command): void {
  program
    .command('serve')
    .description('run the server (this is what happens without a command)')
    .option('--demo', 'the tutorial: two known users, everything in memory')
    .action(({ demo }: { demo?: boolean }) => serve(settings({ demo })))
}

/** Serves until SIGTERM or SIGINT. */
async function serve(config: Config): Promise<void> {
  // Loaded only here: the other commands are quicker without it.
  const { startServer } = await import('../server.ts')
  const log = await createLogger(config)
  const deps = await openDeps(config, log)
  let server: RunningServer
  try {
    server = await startServer(deps, config.demo ? await loadExample() : undefined)
  } catch (error) {
    await deps.close()
    throw listenRefusal(error as ListenError, config)
  }
  const close = async () => {
    await server.stop()
    await deps.close()
  }
  const stop = async (signal: NodeJS.Signals) => {
    log.info(`${signal}: finishing what is under way`)
    await close()
    log.flush()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  // A bug that nothing caught: said in the log, and no work goes on in a state that nobody thought of.
  process.once('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught error')
    process.exit(1)
  })
  deps.heartbeat.begin(`${hostname()}:${server.port}`)
  log.info(
    { url: config.publicUrl, address: config.host, port: server.port },
    `Latchkey is at ${config.publicUrl}`,
  )
  if (!isLoopback(config.host) && config.publicUrl.startsWith('http:')) {
    log.warn(
      'HOST lets other machines in, and PUBLIC_URL is plain http: set it to the https address of the proxy in front.',
    )
  }
  if (server.metricsPort !== null) {
    log.info({ address: config.host, port: server.metricsPort }, 'the metrics are at /metrics')
    if (!isLoopback(config.host) && config.metricsToken === null)
      log.warn(
        'HOST lets other machines read the metrics on METRICS_PORT: set METRICS_TOKEN, or keep that port from the network.',
      )
  }
  // Only now that the port is ours: a start that fails must not void the link that a running server has printed.
  const code = await deps.setup.open().catch(async (error) => {
    await close()
    throw error
  })
  if (code) {
    const link = `Nobody has an account yet. Make the first one here: ${config.publicUrl}/setup?code=${code}`
    // A log that is turned down must not hide the only way in.
    if (log.isLevelEnabled('warn')) log.warn(link)
    else process.stdout.write(`${link}\n`)
  }
  if (config.demo) process.stdout.write(tutorial(config.publicUrl))
}

/** Not with the others: a server that is no demo is whole without the examples. */
async function loadExample(): Promise<Example> {
  const { todoExample } = await import('../../examples/todo/demo.ts').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
      throw new Refusal(
        'This installation is without the demo. Run it where the whole of Latchkey is: npm run demo.',
      )
    },
  )
  return todoExample
}

/** The system's, with the port it is about. */
type ListenError = NodeJS.ErrnoException & { port?: number }

function listenRefusal(error: ListenError, config: Config): Error {
  const { host } = config
  const { port = config.port } = error
  const setting = port === config.metricsPort ? 'METRICS_PORT' : 'PORT'
  switch (error.code) {
    case 'EADDRINUSE':
      return new Refusal(
        `Port ${port} on ${host} is taken by another program. Stop that one, or set ${setting} to another number.`,
      )
    case 'EACCES':
      return new Refusal(
        `Port ${port} may not be used by this user. Set ${setting} to a number from 1024 up.`,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Refusal(
        `${host} is not an address of this machine. Set HOST to one that is, such as 127.0.0.1.`,
      )
    default:
      return error
  }
}

const tutorial = (url: string) => `
Open ${url} and sign in as user1 with password1, or try it with curl:

  curl -c jar -b jar -d '{"username":"user1","password":"password1"}' ${url}/signin
  curl -c jar -b jar ${url}/welcome
  curl -c jar -b jar -d '{"title":"buy milk"}' ${url}/todo         # an app behind it, with a list for each user
  curl -c jar -b jar ${url}/todo
  curl -c jar -b jar -X POST ${url}/refresh      # 400 until the last 30 seconds of 5 minutes
  curl -u user1:password1 -X POST ${url}/v1/auth                   # a token for a header, and no cookie
  curl -H "Authorization: JWT $(curl -s -u user1:password1 -X POST ${url}/v1/auth)" ${url}/v1/sample
  curl -c jar -b jar -X POST ${url}/logout
  curl -c jar -b jar ${url}/welcome

`
