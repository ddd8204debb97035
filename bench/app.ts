import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { latchkey } from '../src/verify/index.ts'

/** A small app, which lets nobody pass who is not signed in at `issuer`, or everybody without one. Started by verify.ts. */
const [{ issuer }] = (await once(process, 'message')) as [{ issuer: string | null }]
const app = new Hono()
if (issuer !== null) app.use(latchkey({ issuer }))
app.get('/', (c) => c.text('hello'))
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () =>
  process.send?.((server.address() as AddressInfo).port),
)
process.once('SIGTERM', () => process.exit())
