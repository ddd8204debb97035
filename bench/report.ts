/** How a bench prints what it measured. */

export const row = (label: string, ...cells: string[]): string =>
  `${label.padEnd(32)}${cells.map((cell) => cell.padStart(12)).join('')}\n`

/** A missed mark is printed and does not fail the run. */
export const mark = (label: string, value: number, most: number, unit: string): string =>
  `${label}: ${value.toFixed(2)}${unit}, ${value <= most ? 'met' : 'MISSED'} (at most ${most}${unit})\n`

export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
