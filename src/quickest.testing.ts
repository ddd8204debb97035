const MEASUREMENTS = 5

/**
 * For tests only: the milliseconds of the quickest of five, for the machine has other work to do. It tells what takes longer
 * the longer the input is from what takes far longer, and nothing finer: speed is measured in bench/.
 */
export async function quickest(work: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let n = 0; n < MEASUREMENTS; n++) {
    const startedAt = performance.now()
    await work()
    least = Math.min(least, performance.now() - startedAt)
  }
  return least
}
