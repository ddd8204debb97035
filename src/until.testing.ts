/** For tests only. */

// Long for a machine that has much else to do; what answers is waited for no longer than that takes.
const PATIENCE_MILLISECONDS = 45_000
const POLL_MILLISECONDS = 15

/** In which a sign-out is known elsewhere: a second, which is promised, and the rest for a machine that does other work. */
export const HONOURED_WITHIN_MILLISECONDS = 3000

/** Asks again and again until there is an answer, and fails when none comes. */
export async function until<T>(what: string, ask: () => T | Promise<T>): Promise<NonNullable<T>> {
  const giveUpAt = performance.now() + PATIENCE_MILLISECONDS
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (performance.now() > giveUpAt) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))
  }
}
