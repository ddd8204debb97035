import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newId } from '../lib/ids.ts'
import type { SeenNode } from '../nodes/node.ts'
import { told } from './judge.testing.ts'
import { judgeNodes, living } from './nodes.ts'

const node = (name: string, overrides: Partial<SeenNode> = {}): SeenNode => ({
  ...{ id: newId(), name, version: '1.0.0', publicUrl: 'https://auth.example.org', secretPrint: 'print' },
  ...{ kids: ['old', 'new'], signingKid: 'new', startedAt: 1, seenAt: 2 },
  ...{ seenAgoSeconds: 0, aheadSeconds: 0 },
  ...overrides,
})

describe('the doctor, of the nodes', () => {
  for (const [nodes, sentence] of [
    [[], 'No node has told of itself in the last two minutes.'],
    [[node('a')], 'One node serves: a.'],
    [[node('a'), node('b')], '2 nodes serve, and agree: a, b.'],
    [[node('a', { signingKid: 'old' }), node('b')], '2 nodes serve, and agree: a, b.'],
  ] as const)
    it(`finds ${nodes.length} well`, () => assert.deepEqual(told(judgeNodes(nodes)), [`ok: ${sentence}`]))

  it('names the node that lacks a key, the key, and who signs with it', () =>
    assert.deepEqual(
      told(judgeNodes([node('a'), node('b', { kids: ['old'], signingKid: 'old' }), node('c')])),
      [
        'problem: b lacks the key new that a signs with, and refuses its tokens.',
        'problem: b lacks the key new that c signs with, and refuses its tokens.',
      ],
    ))

  it('names a node without any key', () =>
    assert.deepEqual(told(judgeNodes([node('a', { kids: [], signingKid: null })])), [
      'problem: a has no key to sign with.',
    ]))

  for (const [field, sentence] of [
    ['version', 'a, c (1.0.0) and b (other) are of different versions.'],
    [
      'publicUrl',
      'a, c (https://auth.example.org) and b (other) have different PUBLIC_URLs, so one refuses the tokens of the other.',
    ],
    ['secretPrint', 'a, c and b have different secrets, so one refuses the refresh tokens of the other.'],
  ] as const)
    it(`names nodes that differ in ${field}`, () =>
      assert.deepEqual(told(judgeNodes([node('a'), node('b', { [field]: 'other' }), node('c')])), [
        `problem: ${sentence}`,
      ]))

  it('shows no fingerprint', () =>
    assert.doesNotMatch(
      JSON.stringify(judgeNodes([node('a'), node('b', { secretPrint: 'zzzz' })])),
      /print|zzzz/,
    ))
})

describe('a node that serves', () => {
  for (const [seenAgoSeconds, lives] of [
    [119, true],
    [120, true],
    [121, false],
  ] as const)
    it(`${lives ? 'was' : 'was not'} seen ${seenAgoSeconds} s ago`, () =>
      assert.equal(living([node('a', { seenAgoSeconds })]).length, lives ? 1 : 0))

  // One that crashed leaves its row behind, and what it had then says nothing about the one that came after it.
  for (const [seenAgoSeconds, lives] of [
    [45, true],
    [46, false],
  ] as const)
    it(`that has a successor of its name, seen ${seenAgoSeconds} s ago itself, ${lives ? 'counts' : 'does not'}`, () => {
      const [before, after] = [node('a', { id: '1', seenAgoSeconds }), node('a', { id: '2' })]
      assert.equal(living([after, before]).includes(before), lives)
      assert.ok(living([before, after]).includes(after))
    })

  it('is not succeeded by one of another name', () =>
    assert.equal(living([node('a', { seenAgoSeconds: 100 }), node('b')]).length, 2))
})
