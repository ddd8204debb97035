import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { newId } from '../lib/ids.ts'
import { writePrivate } from '../lib/private-file.ts'
import type { Mark } from '../sessions/session-store.ts'
import type { MarkKeeper } from '../sessions/witness.ts'

/** Keeps the last mark in a file that is always whole, whoever reads it and whenever we are stopped. */
export const witnessFile = (path: string): MarkKeeper => ({
  async read() {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    return text === null ? null : readMark(text)
  },

  async write({ id, at }) {
    const folder = dirname(path)
    const draft = join(folder, `.witness.${newId()}`)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    try {
      await writePrivate(draft, `${JSON.stringify({ id, at })}\n`)
      await rename(draft, path)
    } finally {
      await rm(draft, { force: true })
    }
  },
})

/** Null for anything else: what somebody else wrote tells nothing. */
function readMark(text: string): Mark | null {
  try {
    const { id, at } = JSON.parse(text)
    return typeof id === 'string' && Number.isSafeInteger(at) ? { id, at } : null
  } catch {
    return null
  }
}
