import { quickest } from '../lib/quickest.ts'

/** How many milliseconds a store takes to answer. */
export const answerTime = (ask: () => Promise<unknown>): Promise<number> => quickest(3, ask)
