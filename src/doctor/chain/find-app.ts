import type { Ask, Reply } from './ask.ts'
import { PAGE } from './requests.ts'

const MOST_HOPS = 5

export interface Found {
  kind: 'found' | 'in-circles'
  app: URL
  reply: Reply
}

/**
 * Where an address ends up at its own origin, as that of a folder may at the same with a slash; there everything is asked. What leads to
 * another origin is for the judge.
 */
export async function findApp(ask: Ask, url: URL): Promise<Found> {
  let app = url
  let reply = await ask(app, PAGE)
  for (let hop = 0; hop < MOST_HOPS; hop++) {
    const location = reply.kind === 'answer' && reply.status < 400 ? reply.location : null
    if (location?.origin !== app.origin || isSignIn(location)) return { kind: 'found', app, reply }
    app = location
    reply = await ask(app, PAGE)
  }
  return { kind: 'in-circles', app: url, reply }
}

/** Ours may be at the same origin as the app. */
const isSignIn = ({ pathname, searchParams }: URL): boolean =>
  pathname === '/signin' && searchParams.has('next')
