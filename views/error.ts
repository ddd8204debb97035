import { html } from 'hono/html'
import { type Frame, layout } from './layout.ts'

interface ErrorProps {
  status: number
  title: string
  detail: string
  /** What the person can quote to whoever reads the log. */
  requestId: string
  back: { href: string; label: string }
}

export function errorPage(frame: Frame, { status, title, detail, requestId, back }: ErrorProps): string {
  return layout(frame, {
    title,
    main: html`<h1>${title}</h1>
<p class="lead">${detail}</p>
<p><a class="key" href="${back.href}">${back.label}</a></p>
<p class="small">Error ${status} <span aria-hidden="true">·</span> Request <code>${requestId}</code></p>`,
  })
}
