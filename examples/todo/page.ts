import { html } from 'hono/html'
import type { Problem } from './problems.ts'
import { LONGEST_TITLE } from './title.ts'
import type { Todo } from './todo.ts'

export interface Frame {
  /** PUBLIC_URL of Latchkey, whose page asks before it signs out. */
  latchkeyUrl: string
  /** Shown on every page when set. */
  banner?: string | undefined
}

interface ListProps {
  username: string
  todos: readonly Todo[]
  /** Why the last form was not done. */
  problem?: Problem
}

/** The list of one person: it works without script. */
export const listPage = (frame: Frame, { username, todos, problem }: ListProps): string =>
  layout(
    frame,
    html`<p class="who">Signed in as <bdi>${username}</bdi> · <a href="${frame.latchkeyUrl}/logout">Sign out</a></p>
<h1>To-dos</h1>
<form class="add" method="post" action="/todo">
<label for="title">What is to be done?</label>
${problem && html`<p class="wrong" id="wrong" role="alert">${problem.detail}</p>\n`}<div class="row">
<input id="title" name="title" required maxlength="${LONGEST_TITLE}" autocomplete="off"${problem && html` aria-invalid="true" aria-describedby="wrong" autofocus`}>
<button class="key">Add</button>
</div>
</form>
${todos.length > 0 ? html`<ul role="list">\n${todos.map(line)}</ul>` : html`<p class="soft">Nothing to do.</p>`}`,
  )

/** The button says also to whoever hears it alone which line it deletes. */
const line = ({ id, title }: Todo) => html`<li>
<bdi>${title}</bdi>
<form method="post" action="/todo/${encodeURIComponent(id)}/delete"><button class="quiet">Delete<span class="unseen"> ${title}</span></button></form>
</li>
`

export const problemPage = (frame: Frame, { title, detail }: Problem): string =>
  layout(
    frame,
    html`<h1>${title}</h1>
<p role="alert">${detail}</p>
<p><a class="key" href="/todo">To your list</a></p>`,
  )

const layout = ({ banner }: Frame, main: ReturnType<typeof html>): string =>
  String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>To-dos</title>
<link rel="stylesheet" href="/todo/style.css">
</head>
<body>
${banner && html`<aside aria-label="About this server">${banner}</aside>\n`}<main>
${main}
</main>
</body>
</html>
`)
