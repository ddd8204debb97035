import { elseOk, type Finding, problem, warning } from './finding.ts'

const WARNED_SECONDS = 2
const TOLERATED_SECONDS = 5

/** How far one clock is ahead of another, in seconds. */
export interface Offset {
  whose: string
  ofWhat: string
  aheadSeconds: number
}

/** Clocks that differ: tokens are issued by one and checked by another, and what ended is told by the time it ended at. */
export const judgeClocks = (offsets: readonly Offset[]): Finding[] =>
  elseOk(offsets.flatMap(judgeOffset), `The clocks agree to ${WARNED_SECONDS} seconds.`)

function judgeOffset({ whose, ofWhat, aheadSeconds }: Offset): Finding[] {
  const apart = Math.abs(aheadSeconds)
  if (apart <= WARNED_SECONDS) return []
  const judge = apart > TOLERATED_SECONDS ? problem : warning
  return [
    judge(
      `The clock of ${whose} is ${apart} s ${aheadSeconds > 0 ? 'ahead of' : 'behind'} that of ${ofWhat}.`,
      'Let every machine set its clock by NTP (timedatectl shows whether it does).',
    ),
  ]
}
