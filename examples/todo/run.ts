import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { latchkey, type Verifier } from 'latchkey/verify'
import { createAnswers } from './answers.ts'
import { createTodoApp } from './app.ts'
import { createNotifier, type Log, SILENT } from './notify.ts'
import { problemPage } from './page.ts'
import { INTERNAL, NOT_FOUND, type Problem } from './problems.ts'
import { readSettings, type TodoSettings } from './settings.ts'
import { signInFirst } from './sign-in-first.ts'
import { openTodoStore } from './store.ts'
import { createSendSms } from './vonage.ts'
import { wantsPage } from './wants-page.ts'

const DRAIN_MILLISECONDS = 10_000

const log: Log = (line) => {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** The whole program, until SIGTERM or SIGINT. How it is known who asks is up to the verifier. */
export function run(verifierFor: (settings: TodoSettings) => Verifier): void {
  const read = readSettings(process.env)
  if (read.kind === 'bad') {
    process.stderr.write(`${read.problems.join('\n')}\n`)
    process.exitCode = 1
    return
  }
  const { settings } = read
  const verifier = verifierFor(settings)
  const store = openTodoStore(settings.database)
  const notifier = settings.vonage ? createNotifier({ send: createSendSms(settings.vonage), log }) : SILENT

  // By name: what else is in the settings is no business of pages.
  const { publicUrl, latchkeyUrl } = settings
  const user = signInFirst(latchkey({ verifier }), settings)
  const answers = createAnswers(latchkeyUrl)
  const refuse = (c: Context, problem: Problem) =>
    wantsPage(c)
      ? answers.page(problemPage({ latchkeyUrl }, problem), problem.status)
      : answers.problem(problem)

  const app = new Hono()
  app.route('/', createTodoApp({ store, notifier, user, publicUrl, latchkeyUrl }))
  app.get('/', (c) => c.redirect('/todo', 303))
  // Here and not in the app itself, which in the demo is a part of another.
  app.notFound((c) => refuse(c, NOT_FOUND))
  app.onError((error, c) => {
    log({ event: 'error', name: error.name, stack: error.stack })
    return refuse(c, INTERNAL)
  })

  const { port, host: hostname } = settings
  const server = serve({ fetch: app.fetch, port, hostname }, () =>
    log({ event: 'listening', url: settings.publicUrl, sms: settings.vonage !== null }),
  ) as Server
  server.once('error', (error) => {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  })

  async function stop(): Promise<void> {
    setTimeout(() => server.closeAllConnections(), DRAIN_MILLISECONDS).unref()
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeIdleConnections()
    })
    // Not before: whoever is still being answered would be nobody.
    verifier.close()
    await notifier.close()
    store.close()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}
