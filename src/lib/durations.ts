const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** `30s`, `5m`, `12h`, `7d` as seconds; null when it is not written so. */
export function parseDuration(text: string): number | null {
  const match = /^([1-9]\d{0,5})([smhd])$/.exec(text)
  if (!match) return null
  return Number(match[1]) * UNIT_SECONDS[match[2] as keyof typeof UNIT_SECONDS]
}
