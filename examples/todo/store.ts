import { randomUUIDv7 } from 'node:crypto'
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Todo } from './todo.ts'

const MOST_TODOS = 1000
const BUSY_MILLISECONDS = 5000

export type Added = { kind: 'added'; todo: Todo } | { kind: 'full'; most: number }

/** Every question names the user, so that nobody's list can be read or changed by another's request. */
export interface TodoStore {
  add(userId: string, title: string): Added
  /** Newest first. */
  list(userId: string): Todo[]
  /** False when this user has none with this id. */
  remove(userId: string, id: string): boolean
  close(): void
}

const SCHEMA = `
  create table if not exists todos (
    number integer primary key,
    id text not null unique,
    user_id text not null,
    title text not null,
    created_at integer not null default (unixepoch())
  ) strict;
  create index if not exists todos_of_user on todos (user_id, number);
`
const COLUMNS = 'id, user_id as userId, title, created_at as createdAt'

/** Opens (and makes, 0600) the database file, or a new one in memory for `:memory:`. */
export function openTodoStore(path: string): TodoStore {
  if (path !== ':memory:') makePrivate(path)
  // Without a timeout, whoever comes while another process writes fails at once.
  const database = new DatabaseSync(path, { timeout: BUSY_MILLISECONDS })
  database.exec(`pragma journal_mode = wal; ${SCHEMA}`)
  // One statement that counts and inserts: two requests at once cannot both be the last.
  const add = database.prepare(
    `insert into todos (id, user_id, title) select :id, :userId, :title
     where (select count(*) from todos where user_id = :userId) < ${MOST_TODOS} returning ${COLUMNS}`,
  )
  const list = database.prepare(`select ${COLUMNS} from todos where user_id = ? order by number desc`)
  const remove = database.prepare('delete from todos where user_id = ? and id = ?')
  return {
    add(userId, title) {
      const row = add.get({ id: randomUUIDv7(), userId, title })
      return row ? { kind: 'added', todo: toTodo(row) } : { kind: 'full', most: MOST_TODOS }
    },
    list: (userId) => list.all(userId).map(toTodo),
    remove: (userId, id) => remove.run(userId, id).changes > 0,
    close: () => database.close(),
  }
}

/** SQLite gives the files that it makes beside the database the mode of the database. */
function makePrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

// The table is strict, so the columns are of these types.
const toTodo = ({ id, userId, title, createdAt }: Record<string, unknown>): Todo => ({
  id: String(id),
  userId: String(userId),
  title: String(title),
  createdAt: Number(createdAt),
})
