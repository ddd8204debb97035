import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { assertSettings } from './settings.testing.ts'

const UNIT = fileURLToPath(new URL('./latchkey.service', import.meta.url))
const SHARED = fileURLToPath(new URL('./latchkey-shared.conf', import.meta.url))
const DRAIN_SECONDS = 10
// Systemd's own measure, from 0 for locked in to 10 for wide open. What is left is the network, and code made while it runs.
const MOST_EXPOSURE = 1.5

const PROGRAM = 'systemd-analyze'
const analyze = (...args: string[]) => spawnSync(PROGRAM, args, { encoding: 'utf8' })
// Not on every machine, and of 250 or newer for `security --offline`.
const version = Number(/^systemd (\d+)/.exec(analyze('--version').stdout ?? '')?.[1])
const skip = version >= 250 ? false : 'systemd 250 or newer is not on this machine'

const valuesOf = (unit: string, name: string) =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value)
const environmentOf = (unit: string) =>
  valuesOf(unit, 'Environment').flatMap((line) =>
    line.split(' ').map((pair) => pair.split('=') as [string, string]),
  )

describe('latchkey.service', () => {
  let unit: string
  let shared: string
  before(async () => {
    ;[unit, shared] = await Promise.all([readFile(UNIT, 'utf8'), readFile(SHARED, 'utf8')])
  })

  it('names settings that exist', () => {
    const ofNode = ['NODE_ENV', 'NODE_COMPILE_CACHE']
    const names = [...environmentOf(unit), ...environmentOf(shared)].map(([name]) => name)
    assertSettings(names.filter((name) => !ofNode.includes(name)))
  })

  it('hands over each secret that it names', () => {
    const loaded = valuesOf(shared, 'LoadCredential').map((line) => `%d/${line.split(':')[0]}`)
    assert.deepEqual(
      environmentOf(shared).map(([, path]) => path),
      loaded,
    )
  })

  it('names each secret on lines of its own, so that one that there is not can be taken out alone', () => {
    const lines = [...valuesOf(shared, 'Environment'), ...valuesOf(shared, 'LoadCredential')]
    assert.ok(lines.length >= 6)
    for (const line of lines) assert.ok(!line.includes(' '), line)
  })

  it('waits longer for its end than a node takes to finish', () => {
    assert.ok(Number(valuesOf(unit, 'TimeoutStopSec')[0]) > DRAIN_SECONDS)
  })

  it('keeps its data where it may write', () => {
    const { DATA_DIR, NODE_COMPILE_CACHE } = Object.fromEntries(environmentOf(unit))
    assert.equal(DATA_DIR, `/var/lib/${valuesOf(unit, 'StateDirectory')[0]}`)
    assert.equal(NODE_COMPILE_CACHE, `/var/cache/${valuesOf(unit, 'CacheDirectory')[0]}`)
  })

  describe('as systemd reads it', { skip }, () => {
    let folder: string
    let path: string
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'latchkey-unit-'))
      path = join(folder, 'latchkey.service')
      await mkdir(`${path}.d`)
      await copyFile(UNIT, path)
      await copyFile(SHARED, join(`${path}.d`, 'shared.conf'))
    })
    after(() => rm(folder, { recursive: true }))
    const complaints = (path: string) =>
      analyze('verify', '--man=no', path)
        .stderr.trim()
        .split('\n')
        .filter((line) => line && !/\/opt\/latchkey\/\S+ is not executable: /.test(line))

    it('has no mistake, with several nodes too, but for the program that is not here', async () => {
      assert.deepEqual(complaints(path), [])
      await writeFile(join(`${path}.d`, 'wrong.conf'), '[Service]\nLoadCredentail=a:/b\n')
      assert.match(complaints(path).join('\n'), /LoadCredentail/)
    })

    it('is locked in', () => {
      const { stdout } = analyze('security', '--offline=true', '--no-pager', UNIT)
      const [, exposure] = /Overall exposure level for latchkey\.service: ([\d.]+) /.exec(stdout) ?? []
      assert.ok(Number(exposure) <= MOST_EXPOSURE, stdout)
    })
  })
})
