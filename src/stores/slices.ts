import { setImmediate as turn } from 'node:timers/promises'

/**
 * Does something in slices of at most `size` until one is short, so that no statement takes long. `doSlice` says how many
 * there were. In between others get their turn: SQLite works in this very thread.
 */
export async function inSlices(size: number, doSlice: () => Promise<number>): Promise<void> {
  while ((await doSlice()) >= size) await turn()
}
