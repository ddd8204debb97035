import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { openTodoStore, type TodoStore } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'todo-test-'))
after(() => rmSync(folder, { recursive: true }))

function add(store: TodoStore, userId: string, title: string) {
  const added = store.add(userId, title)
  assert.equal(added.kind, 'added')
  return added.todo
}

const titles = (store: TodoStore, userId: string) => store.list(userId).map(({ title }) => title)

for (const [where, path] of [
  ['memory', ':memory:'],
  ['a file', join(folder, 'contract', 'todo.db')],
] as const)
  describe(`the store of to-dos in ${where}`, () => {
    const store = openTodoStore(path)
    after(() => store.close())

    it('keeps what was added, newest first, with an id and a time', () => {
      const first = add(store, 'ann', 'first')
      const second = add(store, 'ann', "second '; drop table todos; -- 😀")
      assert.deepEqual(store.list('ann'), [second, first])
      assert.notEqual(first.id, second.id)
      assert.deepEqual([first.userId, first.title], ['ann', 'first'])
      assert.ok(Number.isInteger(first.createdAt) && first.createdAt > 1_700_000_000)
    })

    it('shows and removes nothing of another user', () => {
      const { id } = add(store, 'bob', 'his')
      assert.deepEqual(titles(store, 'bob'), ['his'])
      assert.deepEqual(titles(store, 'eve'), [])
      assert.equal(store.remove('eve', id), false)
      assert.deepEqual(titles(store, 'bob'), ['his'])
    })

    it('removes one, once', () => {
      const { id } = add(store, 'cid', 'one')
      add(store, 'cid', 'other')
      assert.deepEqual([store.remove('cid', id), store.remove('cid', id)], [true, false])
      assert.deepEqual(titles(store, 'cid'), ['other'])
    })

    it('has room for 1000 of each user', () => {
      for (let i = 0; i < 1000; i++) add(store, 'dan', String(i))
      assert.deepEqual(store.add('dan', 'one more'), { kind: 'full', most: 1000 })
      assert.equal(store.list('dan').length, 1000)
      add(store, 'eli', 'not his')
      const [newest] = store.list('dan')
      assert.ok(newest && store.remove('dan', newest.id))
      add(store, 'dan', 'one more')
    })
  })

describe('the file', () => {
  const path = join(folder, 'kept', 'todo.db')

  it('is there after it was closed, and seen by another that has it open', () => {
    const first = openTodoStore(path)
    add(first, 'ann', 'kept')
    const other = openTodoStore(path)
    add(other, 'ann', 'by the other')
    assert.deepEqual(titles(first, 'ann'), ['by the other', 'kept'])
    first.close()
    other.close()
    const again = openTodoStore(path)
    assert.deepEqual(titles(again, 'ann'), ['by the other', 'kept'])
    again.close()
  })

  const skip = process.platform === 'win32' && 'permissions are another thing on Windows'
  it('is for its owner alone', { skip }, () => {
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(statSync(join(folder, 'kept')).mode & 0o777, 0o700)
  })
})
