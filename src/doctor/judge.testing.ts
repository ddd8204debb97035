import assert from 'node:assert/strict'
import type { Finding } from './finding.ts'

/** For tests only: what was found, without what to do about it; that there is something to do is seen to. */
export const told = (findings: readonly Finding[]): string[] =>
  findings.map((finding) => {
    if (finding.level !== 'ok') assert.match(finding.whatToDo, /^\S.*[.\w]$/)
    return `${finding.level}: ${finding.sentence}`
  })

/** How bad each of them is. */
export const levels = (findings: readonly Finding[]): string[] => findings.map(({ level }) => level)
