const UUID = /^[\da-f-]{36}$/i
// `…/api-errors/messages#1120`: what stands behind the # is one of a few words or numbers of theirs.
const CODE = /#([a-z-]{1,40}|\d{1,5})$/

/** An account at Vonage. Numbers are digits alone, as the API takes them (E.164 without the plus). */
export interface VonageAccount {
  key: string
  secret: string
  /** A number, or a name of up to 11 letters and digits. */
  from: string
  /** Who is told. */
  to: string
  /** An origin. */
  baseUrl: string
}

export type Sent =
  | { kind: 'accepted'; messageUuid: string | null }
  /** It would be refused again. */
  | { kind: 'refused'; why: string }
  /** It may go better in a moment. */
  | { kind: 'trouble'; why: string }

/** Tries once to send a text message. It never throws, and what it says holds neither number nor secret. */
export type SendSms = (text: string) => Promise<Sent>

/** By the Messages API, version 1 (developer.vonage.com/en/api/messages). */
export function createSendSms(account: VonageAccount, { timeoutMilliseconds = 5000 } = {}): SendSms {
  const { key, secret, from, to, baseUrl } = account
  const headers = {
    accept: 'application/json',
    authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`,
    'content-type': 'application/json',
  }
  return async function sendSms(text) {
    try {
      const response = await fetch(`${baseUrl}/v1/messages`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ message_type: 'text', channel: 'sms', from, to, text }),
        // Of the whole answer: a body that never ends is none.
        signal: AbortSignal.timeout(timeoutMilliseconds),
        // The secret goes where it was meant to go, and nowhere that an answer names.
        redirect: 'manual',
      })
      // Once it was accepted it is on its way, whatever becomes of the rest of the answer: asking again would send it twice.
      const body = await response.json().catch(() => null)
      return judge(response.status, body)
    } catch (error) {
      return { kind: 'trouble', why: nameOf(error) }
    }
  }
}

function judge(status: number, body: unknown): Sent {
  const { message_uuid: uuid, type } = (body ?? {}) as Record<string, unknown>
  if (status === 202)
    return { kind: 'accepted', messageUuid: typeof uuid === 'string' && UUID.test(uuid) ? uuid : null }
  // Its sentences are left out: they may repeat what was sent.
  const code = typeof type === 'string' ? CODE.exec(type)?.[1] : undefined
  const why = code ? `${status} ${code}` : String(status)
  return status === 429 || status >= 500 ? { kind: 'trouble', why } : { kind: 'refused', why }
}

/** What the system calls a failure (ECONNREFUSED …), or else its class. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Error'
  const { code } = (error.cause ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : error.name
}
