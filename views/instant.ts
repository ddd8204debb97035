const months = 'January February March April May June July August September October November December'.split(
  ' ',
)

const two = (n: number) => String(n).padStart(2, '0')

// By hand and not by Intl: the welcome page is rendered often, and the same on every machine.

/** An instant in epoch seconds as "23 November 2026, 20:14 UTC". */
export function dateAndTime(at: number): string {
  const d = new Date(at * 1000)
  return `${d.getUTCDate()} ${months[d.getUTCMonth()]} ${d.getUTCFullYear()}, ${two(d.getUTCHours())}:${two(d.getUTCMinutes())} UTC`
}

/** An instant in epoch seconds as "20:14:05 UTC". */
export function timeOfDay(at: number): string {
  return `${iso(at).slice(11, 19)} UTC`
}

/** An instant in epoch seconds for `<time datetime>`. */
export function iso(at: number): string {
  return new Date(at * 1000).toISOString()
}

/** A length in seconds as "4:31" or "11:59:30"; never below "0:00". */
export function countdown(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds))
  const minutes = Math.floor(left / 60)
  const end = `${two(minutes % 60)}:${two(left % 60)}`
  return minutes < 60 ? end.replace(/^0(?=\d:)/, '') : `${Math.floor(minutes / 60)}:${end}`
}
