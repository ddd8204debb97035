import type { Example } from '../../src/http/example.ts'
import { createTodoApp } from './app.ts'
import { SILENT } from './notify.ts'
import { openTodoStore } from './store.ts'

/** The same app on the demo's own port: in memory, told by the server itself who asks, and nobody gets an SMS. */
export const todoExample: Example = ({ userOr, publicUrl, banner }) =>
  createTodoApp({
    store: openTodoStore(':memory:'),
    notifier: SILENT,
    user: userOr('/todo'),
    publicUrl,
    latchkeyUrl: publicUrl,
    banner,
  })
