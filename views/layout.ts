import { html } from 'hono/html'

export interface Frame {
  /** Shown on every page when set: the demo says here what it is. */
  banner?: string | undefined
}

export type Markup = ReturnType<typeof html>

export interface Page {
  title: string
  main: Markup
  /** What stands between the door and the main landmark: the navigation. */
  before?: Markup
  /** What lies outside the main landmark: a dialog, a live region. */
  after?: Markup
  /** Attributes of `<body>`, as markup so that their values are escaped like everything else. */
  body?: Markup
  scripts?: readonly string[]
}

// Rendered once: it has no props, and welcome is on the hot path.
const door = html`<header class="door">
<a class="brand" href="/"><svg viewBox="7 1 18 30" width="18" height="30" aria-hidden="true" focusable="false"><path d="M16 2a8 8 0 0 0-2 15.75V30h7v-3.5h-3v-2h3V21h-3v-3.25A8 8 0 0 0 16 2Zm0 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7Z"/></svg>Latchkey</a>
<svg class="lock" viewBox="0 0 56 128" width="56" height="128" aria-hidden="true" focusable="false"><rect class="plate" width="56" height="128" rx="10"/><circle class="knob" cx="28" cy="36" r="17"/><path class="hole" d="M28 76a9 9 0 0 0-4.6 16.7L20 112h16l-3.4-19.3A9 9 0 0 0 28 76Z"/></svg>
</header>`

/** The whole document around a page; every page ends here, as a plain string (the server's fast path). */
export function layout({ banner }: Frame, page: Page): string {
  const { title, main, before, after, body, scripts = [] } = page
  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#123c32" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#0b2a23" media="(prefers-color-scheme: dark)">
<title>${title} - Latchkey</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
${scripts.map((src) => html`<script src="${src}" defer></script>\n`)}</head>
<body${body}>
${banner && html`<aside class="banner" aria-label="About this server">${banner}</aside>\n`}${door}
${before && html`${before}\n`}<main>
${main}
</main>
<footer>Sign-in by Latchkey, kept on this server.</footer>
${after}
</body>
</html>
`)
}
