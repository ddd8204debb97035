#!/usr/bin/env node
// What npm runs, in JavaScript for two reasons: a Node that is too old is told so, and what main.ts loads comes from a cache
// that holds it stripped of its types and compiled. That halves the start and saves 20 MB.
import { lstatSync, mkdirSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const NEEDED = 26
const WRITABLE_BY_OTHERS = 0o022

if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  process.stderr.write(
    `Latchkey needs Node ${NEEDED} or newer, and this is ${process.version}. npm ci brings the right one along, for npm start and npx latchkey.\n`,
  )
  process.exit(1)
}

const cache = fileURLToPath(new URL('../node_modules/.cache/latchkey', import.meta.url))
if (isOurs(cache)) module.enableCompileCache(cache)
await import('./main.ts')

/** Whoever can write into the cache can run what they like as us. Where it is not ours alone, or cannot be, there is none. */
function isOurs(folder) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const status = lstatSync(folder)
    // Windows has neither.
    const isPrivate =
      process.getuid === undefined ||
      (status.uid === process.getuid() && (status.mode & WRITABLE_BY_OTHERS) === 0)
    return status.isDirectory() && isPrivate
  } catch {
    return false
  }
}
