import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** For tests only: the test vectors, ours beside this file and the larger public collections beside the project. */

const OURS = new URL('./', import.meta.url)
const COLLECTIONS = new URL('../../../shared/vectors/', import.meta.url)

export const readVectors = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, OURS), 'utf8')) as T

/** The text of a file of the collections; null where they are not there, as in a plain clone. */
export function readCollection(name: string): string | null {
  const path = fileURLToPath(new URL(name, COLLECTIONS))
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}

/** What `skip` says of a test whose vectors are not there. */
export const skipUnless = (text: string | null): string | false =>
  text === null && 'the vector collection is not beside this project'
