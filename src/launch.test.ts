import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, it } from 'node:test'
import { LAUNCH } from './cli/process.testing.ts'

const ours = Number.parseInt(process.versions.node, 10)

const run = (node: string, ...words: string[]) => spawnSync(node, words, { encoding: 'utf8' })

/** A Node of this machine that is older than ours, if it has one. */
const older = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .map((folder) => join(folder, 'node'))
  .find((node) => existsSync(node) && Number.parseInt(run(node, '--version').stdout.slice(1), 10) < ours)

describe('what npm runs', () => {
  it('runs the program', () => {
    const { status, stdout } = run(process.execPath, LAUNCH, '--help')
    assert.equal(status, 0)
    assert.match(stdout, /^Usage: latchkey /)
  })

  it('says in a sentence which Node is needed', {
    skip: older ? false : 'no older Node is installed',
  }, () => {
    const { status, stderr } = run(older ?? '', LAUNCH, '--help')
    assert.equal(status, 1)
    assert.match(stderr, /^Latchkey needs Node 26 or newer, and this is v\d+\.\d+\.\d+\. npm ci .*\n$/)
  })
})
