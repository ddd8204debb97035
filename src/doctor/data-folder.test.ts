import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type DataFolder, judgeDataFolder, lookAtDataFolder } from './data-folder.ts'
import { levels, told } from './judge.testing.ts'

describe('the doctor, of the data folder', {
  skip: process.platform === 'win32' && 'there are no such modes',
}, () => {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  const examine = async (path = dir) => judgeDataFolder(path, await lookAtDataFolder(path))
  const put = (name: string, mode: number) => {
    writeFileSync(join(dir, name), '')
    chmodSync(join(dir, name), mode)
  }

  it('finds one that is closed to others well', async () => {
    put('latchkey.db', 0o600)
    put('latchkey.db-wal', 0o640)
    assert.deepEqual(told(await examine()), [`ok: DATA_DIR (${dir}) is there, and closed to others.`])
  })

  for (const [mode, expected] of [
    [0o700, []],
    [0o750, []],
    [0o755, [`warning: Everybody on this machine can see what is in DIR.`]],
    [0o777, [`problem: Everybody on this machine can put files into DIR.`]],
  ] as const)
    it(`looks at its mode: ${mode.toString(8)}`, async () => {
      chmodSync(dir, mode)
      const found = told(await examine()).filter((line) => !line.startsWith('ok'))
      assert.deepEqual(
        found,
        expected.map((line) => line.replace('DIR', dir)),
      )
    })

  for (const name of ['latchkey.db', 'latchkey.db-wal', 'latchkey.db-shm'])
    it(`finds ${name} open to everybody`, async () => {
      put(name, 0o644)
      assert.deepEqual(told(await examine()), [
        `problem: Everybody on this machine can read ${join(dir, name)}, which holds password hashes.`,
      ])
    })

  it('warns when there is none yet', async () =>
    assert.deepEqual(told(await examine(join(dir, 'data'))), [
      `warning: DATA_DIR (${join(dir, 'data')}) is not there yet.`,
    ]))

  it('finds one that is no folder', async () => {
    put('file', 0o600)
    mkdirSync(join(dir, 'data'))
    const inside = join(dir, 'file', 'data')
    assert.deepEqual(told(await examine(inside)), [`problem: DATA_DIR (${inside}) cannot be used (ENOTDIR).`])
  })

  it('warns of what belongs to another user', () => {
    const own = { path: '/data', mode: 0o40700, isOurs: true }
    const data: DataFolder = {
      kind: 'there',
      folder: own,
      files: [{ path: '/data/latchkey.db', mode: 0o100600, isOurs: false }],
    }
    const findings = judgeDataFolder('/data', data)
    assert.deepEqual(levels(findings), ['warning'])
    assert.match(told(findings).join(), /\/data\/latchkey\.db belongs to another user/)
  })
})
