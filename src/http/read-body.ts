import type { Context } from 'hono'
import { z } from 'zod'
import { hasNameTwice } from '../lib/json-names.ts'
import { PROBLEMS, type Problem } from './problems.ts'

export type BodyRead<T> = { ok: true; data: T; raw: Fields } | { ok: false; problem: Problem; raw: Fields }
type Fields = Record<string, unknown>

const LONGEST_FIELD = 4096

/** A field of a body: text, and not more than anybody types. */
export const field = z.string().max(LONGEST_FIELD)

/**
 * Reads the fields of a form or of JSON. `curl -d '{"a":"b"}'` sends JSON as a form: that is understood too. What zod says of
 * a refused body is dropped, for it repeats the password.
 */
export async function readBody<S extends z.ZodType>(c: Context, shape: S): Promise<BodyRead<z.output<S>>> {
  const type = c.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json' && type !== 'application/x-www-form-urlencoded') {
    return { ok: false, problem: PROBLEMS.wrongType, raw: {} }
  }
  const text = await c.req.text()
  const isJson = type === 'application/json' || text.trimStart().startsWith('{')
  const raw = (isJson ? readJson(text) : readForm(text)) ?? {}
  const parsed = shape.safeParse(raw)
  return parsed.success ? { ok: true, data: parsed.data, raw } : { ok: false, problem: PROBLEMS.badBody, raw }
}

function readJson(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return hasNameTwice(text) ? null : (value as Fields)
  } catch {
    return null
  }
}

/** Null when a field comes twice: which of them is meant would be a guess. */
function readForm(text: string): Fields | null {
  const fields = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name)) return null
    fields.set(name, value)
  }
  return Object.fromEntries(fields)
}
