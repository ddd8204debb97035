import type { Answer, Ask, Reply } from './ask.ts'
import type { Chain } from './chain.ts'

/** For tests only. */

export const PUBLIC_URL = 'https://auth.example.test'
export const APP = new URL('https://app.example.test/wiki?q=1')

export const chain = (known: Partial<Chain> = {}): Chain => ({
  ...{ publicUrl: PUBLIC_URL, proxy: 'nginx', leadsBack: true },
  ...known,
})

/** An answer of this status, that leads nowhere, sets nothing and says nothing but what is given. */
export const answer = (status: number, given: Partial<Answer> = {}): Answer => ({
  ...{ kind: 'answer', status, location: null, setCookies: [], server: '', text: '' },
  ...given,
})

/** Asks nobody: gives these replies in turn, and keeps what was asked. */
export function answering(...replies: Reply[]) {
  const asked: { url: string; cookie: string | undefined }[] = []
  const ask: Ask = async (url, { headers = {} } = {}) => {
    asked.push({ url: url.href, cookie: headers.Cookie })
    return replies[asked.length - 1] ?? { kind: 'unreachable', code: 'NOTHING_LEFT' }
  }
  return { ask, asked }
}
