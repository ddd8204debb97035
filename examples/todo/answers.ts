import { readFileSync } from 'node:fs'
import type { Problem } from './problems.ts'

const STYLE = readFileSync(new URL('style.css', import.meta.url), 'utf8')

/** Every answer is made here, so that every answer carries the fixed headers. */
export interface Answers {
  page(html: string, status?: number): Response
  json(value: unknown, status?: number): Response
  problem(problem: Problem): Response
  /** 303: the next request is a GET, so that loading the page again adds nothing twice. */
  toList(): Response
  empty(): Response
  style(): Response
}

export function createAnswers(latchkeyUrl: string): Answers {
  const fixed = {
    // A form of somebody whose session is over is answered with the way to the sign-in page, which Chromium holds against form-action.
    'content-security-policy': `default-src 'none'; style-src 'self'; form-action 'self' ${latchkeyUrl}; base-uri 'none'; frame-ancestors 'none'`,
    // Never no-referrer: browsers then send `Origin: null` with our own forms.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  }
  // An answer made for one person must not be kept for the next.
  const personal = { ...fixed, 'cache-control': 'no-store', vary: 'Accept, Authorization, Cookie' }
  const as = (type: string) => ({ ...personal, 'content-type': type })
  const html = as('text/html; charset=utf-8')
  const json = as('application/json; charset=utf-8')
  const problemJson = as('application/problem+json; charset=utf-8')
  const css = { ...fixed, 'cache-control': 'no-cache', 'content-type': 'text/css; charset=utf-8' }
  return {
    page: (body, status = 200) => new Response(body, { status, headers: html }),
    json: (value, status = 200) => new Response(JSON.stringify(value), { status, headers: json }),
    problem: ({ status, code, title, detail }) =>
      new Response(JSON.stringify({ title, status, detail, code }), { status, headers: problemJson }),
    toList: () => new Response(null, { status: 303, headers: { ...personal, location: '/todo' } }),
    empty: () => new Response(null, { status: 204, headers: personal }),
    style: () => new Response(STYLE, { headers: css }),
  }
}
