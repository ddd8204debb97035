import assert from 'node:assert/strict'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { newFolder, until } from '../cli/process.testing.ts'
import { newId } from '../lib/ids.ts'
import { GOOD_PASSWORD } from '../testing.ts'
import { refusalOf } from './answers.testing.ts'
import { openApp } from './requests.testing.ts'

test('with no key but a bad file nobody is let in, and everything is said with 503 until there is a key again', async () => {
  const dir = join(await newFolder(), 'keys')
  const { ask, begin, addUser, logged } = await openApp({ keysDir: dir })
  await addUser()
  const { cookie } = await begin()
  const [only = ''] = await readdir(dir)
  await writeFile(join(dir, `${newId()}.pem`), 'no key', { mode: 0o600 })
  await rm(join(dir, only))
  await until('the key is gone', async () => (await ask('/session', { cookie })).status === 401)

  const signIn = () => ask('/signin', { json: { username: 'user1', password: GOOD_PASSWORD } })
  const refused = await signIn()
  assert.deepEqual(refusalOf(refused), [503, 'no_key'])
  assert.ok(refused.headers.get('retry-after'))
  assert.equal((await ask('/signin')).status, 200)
  assert.match(logged.join(), /latchkey keys generate/)
})
