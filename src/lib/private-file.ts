import { open } from 'node:fs/promises'
import { isPosix } from './posix.ts'

const OPEN_TO_OTHERS = 0o007
const WRITABLE_BY_GROUP = 0o020

/**
 * Why a file with these permissions is not private enough, as the rest of a sentence about it; null when it is. `ifRead` is
 * what to do about a file that others may have read already. That the group can read it is the operator's choice.
 */
export function whyNotPrivate(path: string, mode: number, ifRead: string): string | null {
  if (isPosix && mode & OPEN_TO_OTHERS)
    return `can be read by everybody on this machine: chmod 600 ${path}, and ${ifRead}`
  if (isPosix && mode & WRITABLE_BY_GROUP) return `can be written by its group: chmod 600 ${path}`
  return null
}

/** Writes a new file that its owner alone can read, and waits until it is on the disk. Throws EEXIST when there is one. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
