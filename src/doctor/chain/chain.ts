import type { Finding } from '../finding.ts'
import type { Answer, Reply } from './ask.ts'
import { codeOf } from './outcome.ts'
import type { ProxyKind } from './proxy.ts'

/** An app behind a proxy behind Latchkey, as far as it is known before anything is judged. */
export interface Chain {
  /** The origin of Latchkey. */
  publicUrl: string
  proxy: ProxyKind | null
  /** Whether the sign-in page takes an address of the app to come back to, as RETURN_TO says; null when it could not be asked. */
  leadsBack: boolean | null
}

/** Takes down what was found by one check. */
export type Tell = (check: string, findings: Finding[]) => void

/** Latchkey says its codes to programs alone: what a page is told by the same status has the same cause. */
export const withCodeOf = (xhr: Reply, reply: Reply): Reply =>
  reply.kind === 'answer' && xhr.kind === 'answer' && isSame(xhr, reply)
    ? { ...reply, text: xhr.text }
    : reply

const isSame = (xhr: Answer, { status }: Answer): boolean => xhr.status === status && codeOf(xhr) !== null
