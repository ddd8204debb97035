/** What of Latchkey cannot be heard, each with why; said once when trouble begins, and once when all of it is over. */
export interface Trouble {
  tell(what: string, why: string | null): void
  /** In a sentence; null: none. */
  now(): string | null
}

/** Called with a sentence when Latchkey can no longer be heard, and with null when it can again. It may be async. */
export type OnTrouble = (trouble: string | null) => void

export function createTrouble(onTrouble: OnTrouble): Trouble {
  const reasons = new Map<string, string>()
  const now = () => (reasons.size > 0 ? [...reasons.values()].join('; ') : null)
  return {
    tell(what, why) {
      const wasInTrouble = reasons.size > 0
      if (why === null) reasons.delete(what)
      else reasons.set(what, why)
      const trouble = now()
      if (wasInTrouble === (trouble !== null)) return
      callApp(onTrouble, trouble)
    },
    now,
  }
}

/** It never throws: what goes wrong there, at once or later, must end neither our following nor the app. */
async function callApp(onTrouble: OnTrouble, trouble: string | null): Promise<void> {
  try {
    await onTrouble(trouble)
  } catch (error) {
    // biome-ignore lint/suspicious/noConsole: the one who would be told has just failed
    console.warn('latchkey: onTrouble failed', error)
  }
}

/** To the console, for an app that gives nothing else. */
export const warnOfTrouble =
  (issuer: string): OnTrouble =>
  (trouble) =>
    // biome-ignore lint/suspicious/noConsole: an app that gives no onTrouble must hear of it all the same
    console.warn(
      trouble === null
        ? `latchkey: ${issuer} answers again`
        : `latchkey: ${issuer}${trouble}. What was heard before goes on to be used for a while`,
    )
