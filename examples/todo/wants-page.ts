import type { Context } from 'hono'

/** A browser loading a page. */
export const wantsPage = (c: Context): boolean =>
  c.req.header('accept')?.toLowerCase().includes('text/html') ?? false
