import { type FSWatcher, watch } from 'node:fs'
import { type KeyFile, KeyFilesRefused, listKeyFolder, readKeyFolder } from './key-files.ts'
import type { KeyRing } from './key-ring.ts'
import type { SigningKey } from './signing-key.ts'

// Several events tell of one change: it is read once they have come.
const SETTLE_MILLISECONDS = 100
// Not every file system tells of changes, and a folder may be put in the place of the watched one.
const POLL_MILLISECONDS = 30_000

export interface FollowKeysNeeds {
  dir: string
  ring: KeyRing
  onAdded(key: SigningKey): void
  onRemoved(key: SigningKey): void
  /** Called with the sentences of what is wrong with the folder, when they change; with none when all is well again. */
  onTrouble(problems: string[]): void
}

export interface FollowedKeys {
  /** Reads the folder now. */
  check(): Promise<void>
  close(): void
}

/**
 * Keeps a ring as the folder is, while the program runs. A key whose file is gone is gone at once, whatever else is wrong
 * there. A bad file changes nothing: what it held before goes on to be used. Nor does a folder without any key, which is
 * a disk that was not mounted or a slip of the hand, and would sign everybody out.
 */
export function followKeys({ dir, ring, onAdded, onRemoved, onTrouble }: FollowKeysNeeds): FollowedKeys {
  let told = ''
  let watcher: FSWatcher | undefined
  let settling: NodeJS.Timeout | undefined
  let isClosed = false
  let checking = Promise.resolve()

  function tell(problems: string[]): void {
    const text = problems.join('\n')
    // Said once, not each 30 s.
    if (text !== told) onTrouble(problems)
    told = text
  }

  function replace(next: SigningKey[]): void {
    const before = ring.all()
    if (next.length === before.length && next.every((key) => ring.get(key.kid) === key)) return
    ring.replace(next)
    for (const key of before) if (!next.includes(key)) onRemoved(key)
    for (const key of next) if (!before.includes(key)) onAdded(key)
  }

  async function read(): Promise<void> {
    const named = await listKeyFolder(dir).catch((error: unknown) => {
      if (error instanceof KeyFilesRefused) return error.problems[0] ?? ''
      throw error
    })
    if (isClosed) return
    if (typeof named === 'string') return tell([named])
    if (!named) return tell([`The key folder ${dir} is not there. The keys of before go on to be used.`])
    if (named.length === 0)
      return tell([`The key folder ${dir} has no key. The keys of before go on to be used.`])
    const kids = new Set(named.map(({ kid }) => kid))
    // What is gone, before any file is read: that may take its time.
    replace(ring.all().filter(({ kid }) => kids.has(kid)))
    const { files, problems } = await readKeyFolder(dir, named)
    if (isClosed) return
    replace(keysOf(kids, files, ring))
    tell(problems)
  }

  /** One at a time, in the order in which they were asked for: what is read last is what is newest. */
  function check(): Promise<void> {
    const next = checking.then(read)
    checking = next.catch((error: Error) => tell([`The key folder ${dir} cannot be read: ${error.message}`]))
    return checking
  }

  function watchAnew(): void {
    watcher?.close()
    try {
      watcher = watch(dir, { persistent: false }, () => {
        clearTimeout(settling)
        settling = setTimeout(check, SETTLE_MILLISECONDS).unref()
      })
      watcher.on('error', () => watcher?.close())
    } catch {
      // It is not there: the next poll says so, and tries again.
    }
  }

  function poll(): void {
    // What happened before the watch began is read after it.
    watchAnew()
    check()
  }

  const timer = setInterval(poll, POLL_MILLISECONDS).unref()
  poll()
  return {
    check,
    close() {
      isClosed = true
      clearInterval(timer)
      clearTimeout(settling)
      watcher?.close()
    },
  }
}

/** The ring's next keys: of each id in the folder the key as it is now, or as it was before its file turned bad. */
function keysOf(kids: Set<string>, files: KeyFile[], ring: KeyRing): SigningKey[] {
  const read = new Map(files.map(({ key }) => [key.kid, key]))
  return [...kids].flatMap((kid) => {
    const [before, now] = [ring.get(kid), read.get(kid)]
    // The same object for the same key, so that tokens found good with it stay known.
    return (before && (!now || now.digest === before.digest) ? before : now) ?? []
  })
}
