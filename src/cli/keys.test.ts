import assert from 'node:assert/strict'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { latchkey, newFolder } from './process.testing.ts'

const KID = '[0-9a-f-]{36}'

describe('keys', () => {
  it('generate makes ES256 by default, and the newest key signs', async () => {
    const folder = await newFolder()
    const keys = (...args: string[]) => latchkey(folder, ['keys', ...args])
    assert.match((await keys('list')).stdout, /^There is no key in /)
    assert.equal((await keys('list', '--json')).stdout, '[]\n')

    const first = await keys('generate')
    assert.equal(first.code, 0)
    assert.match(first.stdout, new RegExp(`^Made the ES256 key ${KID} in \\S+\\.pem\\.\n$`))

    const second = await keys('generate', '--alg', 'PS256')
    assert.match(second.stdout, /^Made the PS256 key .*\nA server that is running .* restarted\.\n$/)

    const { code, stdout } = await keys('list')
    assert.equal(code, 0)
    const [headings, older, newest] = stdout.split('\n')
    assert.match(headings ?? '', /^KID +ALGORITHM +MADE +SIGNS$/)
    assert.match(older ?? '', new RegExp(`^${KID} +ES256 +\\S+ \\S+Z +-$`))
    assert.match(newest ?? '', new RegExp(`^${KID} +PS256 +\\S+ \\S+Z +yes$`))

    const listed = JSON.parse((await keys('list', '--json')).stdout)
    assert.deepEqual(
      listed.map(({ alg, signs }: { alg: string; signs: boolean }) => [alg, signs]),
      [
        ['ES256', false],
        ['PS256', true],
      ],
    )
    assert.doesNotMatch(JSON.stringify(listed), /PRIVATE|"d"/)
    const dir = join(folder, 'data', 'keys')
    for (const name of await readdir(dir)) assert.equal((await stat(join(dir, name))).mode & 0o777, 0o600)
  })

  it('names a bad key file and adds none beside it', async () => {
    const folder = await newFolder()
    const name = '01900000-0000-7000-8000-000000000000.pem'
    await writeFile(join(folder, name), 'nonsense', { mode: 0o600 })
    for (const command of ['generate', 'list']) {
      const { code, stdout, stderr } = await latchkey(folder, ['keys', command], { KEYS_DIR: folder })
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
      assert.equal(stderr, `The key ${join(folder, name)} is not a private key in PEM form.\n`)
    }
    assert.deepEqual(await readdir(folder), [name])
  })
})
