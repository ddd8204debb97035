import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { Hono } from 'hono'
import type { Answers } from '../answers.ts'
import type { AppEnv } from '../env.ts'

const PUBLIC_FOLDER = new URL('../../../public/', import.meta.url)
const FILES = {
  'style.css': 'text/css; charset=utf-8',
  'session.js': 'text/javascript; charset=utf-8',
  'password.js': 'text/javascript; charset=utf-8',
  'favicon.svg': 'image/svg+xml',
}

/** The files of public/, read, compressed and tagged once, at start. Browsers ask each time whether they have changed. */
export function assetRoutes({ answers }: { answers: Answers }) {
  const app = new Hono<AppEnv>()
  for (const [name, type] of Object.entries(FILES)) {
    const plain = new Uint8Array(readFileSync(new URL(name, PUBLIC_FOLDER)))
    const gzipped = new Uint8Array(gzipSync(plain))
    const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
    const headers = { 'cache-control': 'no-cache', vary: 'Accept-Encoding', etag }
    app.get(`/${name}`, (c) => {
      if (c.req.header('if-none-match')?.includes(etag)) return answers.file(null, 304, headers)
      const takesGzip = c.req.header('accept-encoding')?.includes('gzip') ?? false
      return takesGzip
        ? answers.file(gzipped, 200, { ...headers, 'content-type': type, 'content-encoding': 'gzip' })
        : answers.file(plain, 200, { ...headers, 'content-type': type })
    })
  }
  return app
}
