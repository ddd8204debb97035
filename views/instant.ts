import { html } from 'hono/html'

const months = 'January February March April May June July August September October November December'.split(
  ' ',
)

/** An instant for `<time datetime>` and in words, always in UTC. */
export interface Instant {
  iso: string
  /** `23 November 2026, 20:14 UTC` */
  dateAndTime: string
  /** `23 Nov 2026, 20:14 UTC` */
  brief: string
  /** `20:14:05 UTC` */
  timeOfDay: string
}

const MOST_KEPT = 1000
const kept = new Map<number, Instant>()

/** An instant given in epoch seconds. A page that is loaded again shows the same ones, so the last few are kept. */
export function instant(at: number): Instant {
  const known = kept.get(at)
  if (known) return known
  if (kept.size >= MOST_KEPT) kept.clear()
  const written = write(at)
  kept.set(at, written)
  return written
}

/** By hand and not by Intl: the same on every machine. */
function write(at: number): Instant {
  const iso = new Date(at * 1000).toISOString()
  const [year, month, day] = [iso.slice(0, 4), months[Number(iso.slice(5, 7)) - 1], Number(iso.slice(8, 10))]
  const time = `${year}, ${iso.slice(11, 16)} UTC`
  return {
    iso,
    dateAndTime: `${day} ${month} ${time}`,
    brief: `${day} ${month?.slice(0, 3)} ${time}`,
    timeOfDay: `${iso.slice(11, 19)} UTC`,
  }
}

/** An instant for a list; session.js puts local time in its place. */
export function briefTime(at: number) {
  const { iso, brief } = instant(at)
  return html`<time datetime="${iso}" data-local="medium">${brief}</time>`
}

const two = (n: number) => (n < 10 ? `0${n}` : String(n))

/** A length in seconds as "4:31" or "11:59:30"; never below "0:00". */
export function countdown(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds))
  const minutes = Math.floor(left / 60)
  const end = `:${two(left % 60)}`
  return minutes < 60 ? minutes + end : `${Math.floor(minutes / 60)}:${two(minutes % 60)}${end}`
}
