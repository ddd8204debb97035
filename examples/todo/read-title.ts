import type { Context } from 'hono'
import { bad, judgeTitle, type TitleRead } from './title.ts'

/** Reads the title of a body: JSON, a form, or JSON that says it is a form, as `curl -d '{"title":"…"}'` sends it. */
export async function readTitle(c: Context): Promise<TitleRead | { kind: 'wrong-type' }> {
  const type = c.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json' && type !== 'application/x-www-form-urlencoded')
    return { kind: 'wrong-type' }
  const text = await c.req.text()
  return type === 'application/json' || text.trimStart().startsWith('{') ? ofJson(text) : ofForm(text)
}

function ofJson(text: string): TitleRead {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return bad('The body is not valid JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return bad('The body must be a JSON object with a `title`.')
  return judgeTitle(Object.hasOwn(value, 'title') ? (value as { title: unknown }).title : undefined)
}

function ofForm(text: string): TitleRead {
  const titles = new URLSearchParams(text).getAll('title')
  // Which of them is meant would be a guess.
  return titles.length > 1 ? bad('The body must hold one `title`.') : judgeTitle(titles[0])
}
