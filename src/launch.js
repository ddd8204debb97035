#!/usr/bin/env node
// What npm runs, in JavaScript for two reasons: a Node that is too old is told so, and what main.ts loads comes from a cache
// that holds it stripped of its types and compiled. That halves the start and saves 20 MB.
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const NEEDED = 26

if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  process.stderr.write(
    `Latchkey needs Node ${NEEDED} or newer, and this is ${process.version}. npm ci brings the right one along, for npm start and npx latchkey.\n`,
  )
  process.exit(1)
}
// Beside the dependencies: whoever can write there can change the program anyway. Where nobody can, nothing is cached.
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/latchkey', import.meta.url)))
await import('./main.ts')
