import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { BlockList } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../src/config.ts'
import { freePort } from '../src/free-port.testing.ts'
import { startServer } from '../src/server.ts'
import { GOOD_PASSWORD, testDeps } from '../src/testing.ts'
import { makeCertificate } from './certificate.testing.ts'
import { startEchoApp } from './echo-app.testing.ts'

/**
 * For tests only: a Latchkey with a clock of its own, an app that says what it was asked, and a real proxy before both. Made
 * without node:test, for tests in a browser use it too.
 */

export const AUTH_HOST = 'auth.example.test'
export const APP_HOST = 'app.example.test'
/** Whatever stands below is for those with the role admin alone; all else is for everybody signed in. */
export const ADMIN_PATH = '/admin/'
/** Their password is GOOD_PASSWORD. */
export const PEOPLE = [
  { username: 'ada', name: 'Ada Lovelace', email: 'ada@example.test', role: 'user' },
  { username: 'root', name: 'Zoë Root', email: 'root@example.test', role: 'admin' },
  // Of whom Latchkey knows nothing more.
  { username: 'grace', name: null, email: null, role: 'user' },
  // Whose sessions are ended.
  { username: 'alan', name: null, email: null, role: 'user' },
] as const

/** What a proxy has to know. It listens with TLS on 127.0.0.1 and knows no other names than AUTH_HOST and APP_HOST. */
export interface Place {
  /** Of the proxy alone, and empty. It is deleted after `stop`. */
  folder: string
  port: number
  /** Where Latchkey and the app listen, on 127.0.0.1. */
  latchkeyPort: number
  appPort: number
  /** Files, good for both names. */
  certificate: string
  privateKey: string
}

export interface RunningProxy {
  stop(): Promise<void>
}

/** Starts a proxy with the files that are shipped, and returns once it answers. */
export type StartProxy = (place: Place) => Promise<RunningProxy>

export type Site = Awaited<ReturnType<typeof openSite>>

/** All three, on free ports. */
export async function openSite(startProxy: StartProxy) {
  // What was opened is closed, in reverse, also when the next does not open.
  const closing = new AsyncDisposableStack()
  try {
    return await open(startProxy, closing)
  } catch (error) {
    await closing.disposeAsync()
    throw error
  }
}

async function open(startProxy: StartProxy, closing: AsyncDisposableStack) {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-forward-auth-'))
  closing.defer(() => rm(folder, { recursive: true, force: true }))
  const [port, latchkeyPort, appPort] = [await freePort(), await freePort(), await freePort()]
  const [proxyFolder, tls] = [join(folder, 'proxy'), join(folder, 'tls')]
  for (const each of [proxyFolder, tls]) await mkdir(each)
  const ca = await makeCertificate(tls, `DNS:${AUTH_HOST},DNS:${APP_HOST}`)
  const [authUrl, url] = [`https://${AUTH_HOST}:${port}`, `https://${APP_HOST}:${port}`]

  const { deps, clock, logged } = await openLatchkey({
    port: latchkeyPort,
    publicUrl: authUrl,
    returnTo: [url],
  })
  closing.defer(() => deps.close())
  let latchkey = await startServer(deps)
  closing.defer(() => latchkey.stop())
  const app = await startEchoApp(appPort)
  closing.defer(() => app.stop())
  const proxy = await startProxy({
    folder: proxyFolder,
    port,
    latchkeyPort,
    appPort,
    certificate: join(tls, 'fullchain.pem'),
    privateKey: join(tls, 'privkey.pem'),
  })
  closing.defer(() => proxy.stop())

  return {
    /** Origins, with the port. */
    url,
    authUrl,
    port,
    ca,
    app,
    deps,
    clock,
    logged,
    /** Until `wakeLatchkey` nobody listens where it did. */
    stopLatchkey: () => latchkey.stop(),
    async wakeLatchkey() {
      latchkey = await startServer(deps)
    },
    stop: () => closing.disposeAsync(),
  }
}

async function openLatchkey(settings: Pick<Config, 'port' | 'publicUrl' | 'returnTo'>) {
  const trustedProxies = new BlockList()
  trustedProxies.addAddress('127.0.0.1')
  const opened = await testDeps({ ...settings, cookieDomain: 'example.test', trustedProxies })
  for (const person of PEOPLE) {
    const added = await opened.deps.accounts.add({ ...person, password: GOOD_PASSWORD }, { address: null })
    if (added.kind !== 'added') throw new Error(`${person.username} is ${added.kind}`)
  }
  return opened
}
