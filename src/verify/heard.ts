import type { Failed } from './ask.ts'

/** How one question to Latchkey went, and when the next may be asked. */
export type Heard =
  | {
      kind: 'heard'
      /** Whether it told something new: then the next question need not wait a second. */
      isNews: boolean
      /** Seconds. */
      nextInSeconds: number
    }
  | Failed
