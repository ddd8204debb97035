import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { Deps } from '../../deps.ts'
import { addressOwner } from '../../lib/addresses.ts'
import type { News } from '../../sessions/revocation-news.ts'
import { clientAddress } from '../client-address.ts'
import type { AppEnv } from '../env.ts'
import { PROBLEMS } from '../problems.ts'
import type { RouteNeeds } from './needs.ts'

const MOST_WAIT_SECONDS = 25
const COME_AGAIN = { 'retry-after': '1' }

/**
 * Which sessions were ended, for apps that check tokens by themselves. Anybody may read it: it names a session by a hash, which
 * says nothing to whoever has not seen its token.
 */
export function revocationRoutes(needs: RouteNeeds & Pick<Deps, 'config' | 'revocationFeed'>) {
  const { answers, refuse, config, revocationFeed } = needs
  const toBytes = createToBytes()
  return new Hono<AppEnv>().get('/v1/revocations', async (c) => {
    const waitSeconds = readWait(c.req.queries('wait'))
    if (waitSeconds === null) return refuse(c, PROBLEMS.badWait)
    const by = addressOwner(clientAddress(c, config.trustedProxies))
    const asked = revocationFeed.ask({ after: c.req.query('after'), waitSeconds, by })
    if (asked.kind === 'waiting') onHangUp(c, asked.forget)
    const told = asked.kind === 'waiting' ? await asked.told : asked
    switch (told.kind) {
      case 'news':
      case 'nothing':
        return answers.jsonBytes(toBytes(told.news))
      case 'cut-short':
        return answers.jsonBytes(toBytes(told.news), COME_AGAIN)
      case 'stale':
        return refuse(c, PROBLEMS.storeDown)
      default:
        return told satisfies never
    }
  })
}

/** Whole seconds, 0 when nothing is said; null when it is not written so. */
function readWait([text = '0', ...more]: string[] = []): number | null {
  const seconds = /^\d{1,2}$/.test(text) && more.length === 0 ? Number(text) : Number.NaN
  return seconds <= MOST_WAIT_SECONDS ? seconds : null
}

/** A thousand who are told the same share the bytes too: each with a copy of its own would cost them a thousand times over. */
function createToBytes() {
  const made = new WeakMap<News, Uint8Array<ArrayBuffer>>()
  return (news: News) => {
    const bytes = made.get(news) ?? new TextEncoder().encode(JSON.stringify(news))
    made.set(news, bytes)
    return bytes
  }
}

/** Under `app.request()` there is no socket, so nobody hangs up. */
const onHangUp = (c: Context, forget: () => void) =>
  (c.env as HttpBindings | undefined)?.outgoing?.once('close', forget)
