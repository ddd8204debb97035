import { startCaddy } from '../deploy/caddy-forward-auth.testing.ts'
import { findProxy, type ProxyName } from '../deploy/find-proxy.testing.ts'
import { openSite, type Site, type StartProxy } from '../deploy/forward-auth.testing.ts'
import { startHaproxy } from '../deploy/haproxy-forward-auth.testing.ts'
import { startNginx } from '../deploy/nginx-forward-auth.testing.ts'
import type { EndReason } from '../src/sessions/session.ts'
import { obey } from './obey.ts'

/** A program that opens a Latchkey and an app behind a real proxy, with a clock that stands still. */

const STARTERS: Partial<Record<ProxyName, (binary: string) => StartProxy>> = {
  nginx: startNginx,
  caddy: startCaddy,
  haproxy: startHaproxy,
}

let site: Site | undefined

const opened = (): Site => {
  if (!site) throw new Error('nothing is open')
  return site
}
async function close(): Promise<void> {
  await site?.stop()
  site = undefined
}

const commands = {
  /** Null when the proxy is not on this machine. */
  async open(proxy: ProxyName) {
    const binary = findProxy(proxy)
    const start = binary === null ? undefined : STARTERS[proxy]?.(binary)
    if (!start) return null
    site = await openSite(start)
    return { url: site.url, authUrl: site.authUrl }
  },
  close,
  advance: async (seconds: number) => opened().clock.advance(seconds),
  async endSessions(username: string, reason: EndReason) {
    const { deps } = opened()
    const user = await deps.accounts.findByName(username)
    return user ? deps.endings.allOf(user.id, reason, { address: null }) : 0
  },
  /** What the app was ever asked for. */
  asked: async () => opened().app.asked.map(({ url }) => url),
}

export type Commands = typeof commands
obey(commands, close)
