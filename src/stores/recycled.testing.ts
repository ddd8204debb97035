import { after } from 'node:test'
import type { Stores } from './open.ts'

/**
 * For tests only: opens stores, or empties those that a test before has closed, which is quicker where opening them means
 * several connections and all migrations.
 */
export function recycled<Place>(
  newPlace: () => Promise<Place>,
  open: (place: Place) => Promise<Stores>,
  empty: (place: Place) => Promise<unknown>,
): () => Promise<Stores> {
  const all: Stores[] = []
  const free: { place: Place; stores: Stores }[] = []
  after(() => Promise.all(all.map((stores) => stores.close())))

  async function another() {
    const place = await newPlace()
    const stores = await open(place)
    all.push(stores)
    return { place, stores }
  }

  return async () => {
    const used = free.pop()
    if (used) await empty(used.place)
    const { place, stores } = used ?? (await another())
    return {
      ...stores,
      async close() {
        free.push({ place, stores })
      },
    }
  }
}
