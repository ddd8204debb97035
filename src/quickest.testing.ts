import { quickest as quickestOf } from './lib/quickest.ts'

/**
 * For tests only: the milliseconds of the quickest of five. It tells what takes longer the longer the input is from what takes
 * far longer, and nothing finer: speed is measured in bench/.
 */
export const quickest = (work: () => unknown): Promise<number> => quickestOf(5, work)
