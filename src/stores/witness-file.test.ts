import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { witnessFile } from './witness-file.ts'

const MARK = { id: 'a mark', at: 1_800_000_000 }

function newPath(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-witness-'))
  t.after(() => rmSync(root, { recursive: true }))
  return join(root, 'data', 'witness')
}

describe('the file of the last mark', () => {
  it('is none at first, and then the last that was written, alone in its folder', async (t) => {
    const path = newPath(t)
    const file = witnessFile(path)
    assert.equal(await file.read(), null)
    for (const mark of [MARK, { ...MARK, at: MARK.at + 60 }]) {
      await file.write(mark)
      assert.deepEqual(await file.read(), mark)
    }
    assert.deepEqual(readdirSync(dirname(path)), ['witness'])
  })

  it('and its folder are for their owner only', { skip: process.platform === 'win32' }, async (t) => {
    const path = newPath(t)
    await witnessFile(path).write(MARK)
    const modes = [path, dirname(path)].map((of) => statSync(of).mode & 0o777)
    assert.deepEqual(modes, [0o600, 0o700])
  })

  for (const text of ['', 'null', '[]', '{"id":7,"at":7}', '{"id":"x","at":"7"}', '{"id":"x","at":1e400}'])
    it(`tells nothing when it holds ${text || 'nothing'}`, async (t) => {
      const path = newPath(t)
      mkdirSync(dirname(path))
      writeFileSync(path, text)
      assert.equal(await witnessFile(path).read(), null)
    })

  it('says so when it can be neither read nor written', async (t) => {
    const path = newPath(t)
    mkdirSync(join(path, 'in the way'), { recursive: true })
    await assert.rejects(witnessFile(path).read(), { code: 'EISDIR' })
    await assert.rejects(witnessFile(path).write(MARK))
    assert.deepEqual(readdirSync(dirname(path)), ['witness'])
  })
})
