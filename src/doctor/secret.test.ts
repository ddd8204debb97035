import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { told } from './judge.testing.ts'
import { judgeSecret, lookAtSecret } from './secret.ts'

describe('the doctor, of the secret', () => {
  let dataDir = ''
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true }))

  const examine = async (isShared: boolean, secret: Uint8Array | null = null) =>
    told(judgeSecret(await lookAtSecret({ secret, dataDir }), { isShared }))
  const keep = (text: string, mode = 0o600) => writeFileSync(join(dataDir, 'secret'), text, { mode })

  it('finds one that is set well, for one node and for several', async () => {
    const secret = new Uint8Array(32)
    for (const isShared of [true, false])
      assert.deepEqual(await examine(isShared, secret), ['ok: SECRET is set, and long enough.'])
  })

  it('finds one that DATA_DIR keeps well for one node', async () => {
    keep('x'.repeat(32))
    assert.deepEqual(await examine(false), [
      'ok: The secret is in DATA_DIR, long enough and closed to others.',
    ])
  })

  it('promises one, and makes none', async () => {
    assert.deepEqual(await examine(false), [
      'ok: There is no secret yet: the first start makes one in DATA_DIR.',
    ])
    assert.deepEqual(readdirSync(dataDir), [])
  })

  for (const isKept of [true, false])
    it(`wants one that is set for several nodes, ${isKept ? 'also when DATA_DIR keeps one' : 'and makes none'}`, async () => {
      if (isKept) keep('x'.repeat(32))
      assert.deepEqual(await examine(true), [
        'problem: SECRET is not set, and every node would have another.',
      ])
    })

  for (const [text, mode, sentence] of [
    ['x'.repeat(31), 0o600, /^problem: The secret .* is too short: /],
    ['', 0o600, /^problem: The secret .* is empty: /],
    ['x'.repeat(32), 0o644, /^problem: The secret .* can be read by everybody/],
  ] as const)
    it(`refuses one of ${text.length} bytes, ${mode.toString(8)}`, async () => {
      keep(text, mode)
      assert.match((await examine(false)).join(), sentence)
    })
})
