import { type Finding, ok } from '../finding.ts'
import type { Request } from './requests.ts'

/** What is wrong with how a request was answered, said of the request: `is answered 200`. */
export interface Fault {
  level: 'warning' | 'problem'
  what: string
  whatToDo: string
  /** Said before all others. */
  isWorst?: true
}

export interface Judged {
  request: Request
  fault: Fault | null
}

/** One finding for each fault, with all the requests that have it; `well` says it of those that have none. */
export function findingsOf(who: string, judged: readonly Judged[], well: string): Finding[] {
  const faults = judged.flatMap(({ fault }) => fault ?? [])
  const first = faults.filter((one, i) => faults.findIndex((other) => isSame(one, other)) === i)
  const findings = first
    .toSorted((one, other) => rank(one) - rank(other))
    .map(({ level, what, whatToDo }): Finding => {
      const names = judged
        .filter(({ fault }) => fault && isSame(fault, { what, whatToDo }))
        .map(({ request }) => request.name)
      return { level, sentence: `${who}, ${names.join(', ')}: ${what}`, whatToDo }
    })
  return findings.length > 0 ? findings : [ok(`${who}: ${well}`)]
}

const rank = ({ isWorst }: Fault): number => (isWorst ? 0 : 1)

const isSame = (one: Pick<Fault, 'what' | 'whatToDo'>, other: Pick<Fault, 'what' | 'whatToDo'>): boolean =>
  one.what === other.what && one.whatToDo === other.whatToDo
