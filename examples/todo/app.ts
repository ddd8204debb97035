import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createAnswers } from './answers.ts'
import type { Notifier } from './notify.ts'
import { type Frame, listPage, problemPage } from './page.ts'
import { badTitle, NO_SUCH_TODO, type Problem, TOO_LARGE, tooMany, WRONG_TYPE } from './problems.ts'
import { readTitle } from './read-title.ts'
import { sameOrigin } from './same-origin.ts'
import type { TodoStore } from './store.ts'
import { type TodoUser, toWire } from './todo.ts'
import { wantsPage } from './wants-page.ts'

const MOST_BODY_BYTES = 16 * 1024

export interface TodoNeeds extends Frame {
  store: TodoStore
  notifier: Pick<Notifier, 'notify'>
  /** Refuses whoever is not signed in, and puts who is into `c.var.user`. The one thing that has to do with Latchkey. */
  user: MiddlewareHandler
  /** The origin of this app as browsers write it. */
  publicUrl: string
}

interface TodoEnv {
  Variables: { user: TodoUser }
}

/** The to-dos of whoever is signed in: as JSON, and for browsers as a page. */
export function createTodoApp({ store, notifier, user, publicUrl, latchkeyUrl, banner }: TodoNeeds) {
  const answers = createAnswers(latchkeyUrl)
  const frame = { latchkeyUrl, banner }

  const refuse = (c: Context, problem: Problem) =>
    wantsPage(c) ? answers.page(problemPage(frame, problem), problem.status) : answers.problem(problem)

  /** On the page of the list, above the field that is to be put right. */
  function refuseOnList(c: Context<TodoEnv>, problem: Problem) {
    if (!wantsPage(c)) return answers.problem(problem)
    const { sub, username } = c.get('user')
    return answers.page(listPage(frame, { username, todos: store.list(sub), problem }), problem.status)
  }

  // What changes something: from our own pages, by somebody who is signed in, and short.
  const guards = [
    sameOrigin(publicUrl, refuse),
    user,
    bodyLimit({ maxSize: MOST_BODY_BYTES, onError: (c) => refuse(c, TOO_LARGE) }),
  ] as const

  return (
    new Hono<TodoEnv>()
      .get('/todo/style.css', () => answers.style())
      .get('/todo', user, (c) => {
        const { sub, username } = c.get('user')
        const todos = store.list(sub)
        return wantsPage(c)
          ? answers.page(listPage(frame, { username, todos }))
          : answers.json({ todos: todos.map(toWire) })
      })
      .post('/todo', ...guards, async (c) => {
        const read = await readTitle(c)
        if (read.kind === 'wrong-type') return refuse(c, WRONG_TYPE)
        if (read.kind === 'bad') return refuseOnList(c, badTitle(read.why))
        const { sub, username } = c.get('user')
        const added = store.add(sub, read.title)
        if (added.kind === 'full') return refuseOnList(c, tooMany(added.most))
        notifier.notify({ todoId: added.todo.id, username })
        return wantsPage(c) ? answers.toList() : answers.json(toWire(added.todo), 201)
      })
      .delete('/todo/:id', ...guards, (c) =>
        store.remove(c.get('user').sub, c.req.param('id')) ? answers.empty() : refuse(c, NO_SUCH_TODO),
      )
      // The same for a form, which knows no DELETE.
      .post('/todo/:id/delete', ...guards, (c) =>
        store.remove(c.get('user').sub, c.req.param('id')) ? answers.toList() : refuse(c, NO_SUCH_TODO),
      )
  )
}
