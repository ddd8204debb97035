import { type Finding, ok, problem, warning } from '../finding.ts'
import type { Reply } from './ask.ts'
import { lineOf } from './lines.ts'
import type { ProxyKind } from './proxy.ts'

const NEXT = /<input type="hidden" name="next" value="([^"]*)"/

/** Whether the sign-in page has taken where to lead back to; null when it is no sign-in page. */
export function leadsBackBy(reply: Reply): boolean | null {
  if (reply.kind !== 'answer' || reply.status !== 200 || !reply.text.includes('action="/signin"')) return null
  return NEXT.test(reply.text)
}

export const judgeLeadsBack = (leadsBack: boolean | null, { origin }: URL): Finding[] => {
  if (leadsBack === null) return []
  return leadsBack
    ? [ok(`The sign-in page leads back to ${origin}.`)]
    : [
        problem(
          `The sign-in page does not lead back to ${origin}.`,
          `Add ${origin} to RETURN_TO, and restart Latchkey.`,
        ),
      ]
}

/** Whether the world can ask as a proxy does. `status`: of each path below /forward-auth, null when there was no answer. */
export function judgeInside(
  publicUrl: string,
  statuses: Record<string, number | null>,
  proxy: ProxyKind | null,
): Finding[] {
  const open = Object.entries(statuses).filter(([, status]) => status !== null && status !== 404)
  const paths = open.map(([path]) => path).join(', ')
  const [, status] = open[0] ?? []
  if (!status) return [ok(`Nobody from outside reaches /forward-auth/ at ${publicUrl}.`)]
  const whatToDo = lineOf('inside', proxy)
  return open.every(([, status]) => status === 403)
    ? [
        warning(
          `${paths} can be asked from outside at ${publicUrl}, and Latchkey refuses it (403).`,
          whatToDo,
        ),
      ]
    : [
        problem(
          `${paths} can be asked from outside at ${publicUrl} (answered ${status}): a stranger can say there what only a proxy may.`,
          whatToDo,
        ),
      ]
}
