import { printable } from '../lib/printable.ts'

const GAP = '  '

/** Columns for people: as wide as their longest cell, nothing after the last one. An empty cell is a dash. */
export function table(headings: string[], rows: string[][]): string {
  const lines = [headings, ...rows].map((line) => line.map(cell))
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))))
  return lines
    .map((line) =>
      line
        .map((text, column) => pad(text, widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n')
}

/** `2026-03-01 09:30Z`, or with its seconds, from epoch seconds: the time zone of the log. */
export const instant = (at: number, to: 'minute' | 'second' = 'minute'): string =>
  `${new Date(at * 1000)
    .toISOString()
    .slice(0, to === 'minute' ? 16 : 19)
    .replace('T', ' ')}Z`

const AGES = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
] as const

/** `3d`, `12h`, `5m`, `30s`: a length of time to the greatest unit it fills. */
export function age(seconds: number): string {
  const [length, unit] = AGES.find(([length]) => seconds >= length) ?? [1, 's']
  return `${Math.max(0, Math.floor(seconds / length))}${unit}`
}

const cell = (text: string): string => printable(text) || '-'
const width = (text: string): number => [...new Intl.Segmenter().segment(text)].length
const pad = (text: string, to: number): string => text + ' '.repeat(to - width(text))
