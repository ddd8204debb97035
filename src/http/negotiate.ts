import type { Context } from 'hono'

const accepts = (c: Context, type: string) => c.req.header('accept')?.toLowerCase().includes(type) ?? false

/** A browser loading a page. */
export const wantsPage = (c: Context): boolean => accepts(c, 'text/html')

/** A script that asks for JSON by name; curl's default does not. */
export const wantsJson = (c: Context): boolean => accepts(c, 'application/json')

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a method changes nothing (RFC 9110 9.2.1). */
export const isSafe = (method: string): boolean => SAFE_METHODS.has(method)
