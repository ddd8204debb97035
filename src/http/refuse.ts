import type { Context } from 'hono'
import { errorPage } from '../../views/error.ts'
import type { Frame } from '../../views/layout.ts'
import { type Answers, CHALLENGE } from './answers.ts'
import type { AppEnv } from './env.ts'
import { wantsPage } from './negotiate.ts'
import type { Presented } from './presented.ts'
import type { Problem } from './problems.ts'
import { requestIdOf } from './request-id.ts'

const START = { href: '/', label: 'To the start' }
const RETRY_SECONDS = '5'

export interface Extra {
  /** More members for the problem document (RFC 9457 3.2). */
  members?: Record<string, unknown>
  headers?: Record<string, string>
  /** In the place of a page, where our styles cannot be had. */
  asText?: boolean
}

/** Turns a failure into an answer: a page for browsers, problem+json for the rest. */
export type Refuse = (c: Context<AppEnv>, problem: Problem, extra?: Extra) => Response

export function createRefuse({ answers, frame }: { answers: Answers; frame: Frame }): Refuse {
  return (c, problem, { members, headers = {}, asText = false } = {}) => {
    const { status, code, title, detail, back = START } = problem
    const requestId = requestIdOf(c)
    const answer = wantsPage(c)
      ? asText
        ? answers.text(`${title}. ${detail} (Request ${requestId})\n`, status)
        : answers.page(errorPage(frame, { status, title, detail, requestId, back }), status)
      : answers.json({ title, status, detail, code, ...members, request_id: requestId }, status, {
          'content-type': 'application/problem+json; charset=utf-8',
        })
    if (status === 503) answer.headers.set('retry-after', RETRY_SECONDS)
    if (status === 401) answer.headers.set('www-authenticate', challenge(c))
    for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value)
    return answer
  }
}

/** RFC 6750 3: a Bearer token that was refused is told so; without one, only that one is asked for. */
const challenge = (c: Context<AppEnv>) =>
  // Optional, for a request may be refused before anybody looked who asks.
  (c.get('session') as Presented | undefined)?.by === 'bearer'
    ? `${CHALLENGE}, error="invalid_token"`
    : CHALLENGE
