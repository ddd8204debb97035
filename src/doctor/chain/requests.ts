import type { Asking } from './ask.ts'

/** How an app is asked: as a browser does that loads a page, and as programs do. */
export interface Request extends Required<Pick<Asking, 'method' | 'headers'>> {
  name: string
  /** Somebody sits in front of it, who can be led to the sign-in page. */
  isPage: boolean
}

export const PAGE: Request = {
  name: 'GET of a page',
  method: 'GET',
  headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'Sec-Fetch-Mode': 'navigate' },
  isPage: true,
}

export const XHR: Request = {
  name: 'XHR',
  method: 'GET',
  headers: { Accept: 'application/json', 'Sec-Fetch-Mode': 'cors' },
  isPage: false,
}

export const REQUESTS: readonly Request[] = [
  PAGE,
  { ...PAGE, name: 'HEAD', method: 'HEAD' },
  { ...PAGE, name: 'POST', method: 'POST', isPage: false },
  XHR,
  {
    name: 'WebSocket',
    method: 'GET',
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'bGF0Y2hrZXktZG9jdG9yLg==',
      'Sec-Fetch-Mode': 'websocket',
    },
    isPage: false,
  },
]

/** A POST that passes reaches the app: it has no body, and goes where no app has anything that it could change. */
export function addressFor({ method }: Request, app: URL): URL {
  if (method !== 'POST') return app
  const nowhere = new URL(app)
  nowhere.pathname = app.pathname.replace(/\/?$/, '/latchkey-doctor-nothing-is-here')
  nowhere.search = ''
  return nowhere
}
