import { type Context, Hono } from 'hono'
import type { Deps } from '../../deps.ts'
import { isKnownTag } from '../../lib/if-none-match.ts'
import { createPublishedKeys, KEPT_SECONDS, type PublishedKeys } from '../../tokens/published-keys.ts'
import type { AppEnv } from '../env.ts'
import type { RouteNeeds } from './needs.ts'

/** The public keys, for whoever checks tokens: nothing in them is personal, so any page may read them and any cache keep them. */
export function keyRoutes({ answers, ring }: RouteNeeds & Pick<Deps, 'ring'>) {
  const published = createPublishedKeys(ring)
  const serve = (name: keyof PublishedKeys, type: string) => (c: Context<AppEnv>) => {
    const { body, etag } = published()[name]
    const headers = {
      'content-type': type,
      'cache-control': `public, max-age=${KEPT_SECONDS}`,
      'access-control-allow-origin': '*',
      etag,
    }
    return isKnownTag(c.req.header('if-none-match'), etag)
      ? answers.file(null, 304, headers)
      : answers.file(body, 200, headers)
  }
  return new Hono<AppEnv>()
    .get('/.well-known/jwks.json', serve('jwks', 'application/jwk-set+json'))
    .get('/v1/keys', serve('pems', 'application/json; charset=utf-8'))
}
