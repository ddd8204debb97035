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
    const bytes = new Uint8Array(readFileSync(new URL(name, PUBLIC_FOLDER)))
    const plain = variant(bytes, { 'content-type': type })
    const gzipped = variant(new Uint8Array(gzipSync(bytes)), {
      'content-type': type,
      'content-encoding': 'gzip',
    })
    app.get(`/${name}`, (c) => {
      const { body, headers } = c.req.header('accept-encoding')?.includes('gzip') ? gzipped : plain
      const isKnown = c.req.header('if-none-match')?.includes(headers.etag) ?? false
      return isKnown ? answers.file(null, 304, headers) : answers.file(body, 200, headers)
    })
  }
  return app
}

/** One encoding of a file, with a tag of its own (RFC 9110 8.8.3.3). */
function variant(body: Uint8Array<ArrayBuffer>, headers: Record<string, string>) {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { body, headers: { ...headers, 'cache-control': 'no-cache', vary: 'Accept-Encoding', etag } }
}
