import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { APP, answer, answering, PUBLIC_URL } from './chain.testing.ts'
import { findApp } from './find-app.ts'

const to = (address: string) => answer(302, { location: new URL(address, APP) })

describe('where an address of an app ends up', () => {
  it('follows what stays at its origin', async () => {
    const { ask } = answering(to('/wiki/'), to('/wiki/home'), answer(200))
    const { kind, app, reply } = await findApp(ask, APP)
    assert.deepEqual(
      [kind, app.href, reply.kind === 'answer' && reply.status],
      ['found', 'https://app.example.test/wiki/home', 200],
    )
  })

  for (const elsewhere of [
    `${PUBLIC_URL}/signin?next=x`,
    'http://app.example.test/wiki',
    '/signin?next=%2Fwiki',
  ])
    it(`does not follow to ${elsewhere}`, async () => {
      const { ask, asked } = answering(to(elsewhere))
      assert.deepEqual([(await findApp(ask, APP)).app, asked.length], [APP, 1])
    })

  it('gives up what goes in circles', async () => {
    const { ask, asked } = answering(...Array.from({ length: 20 }, () => to(APP.href)))
    assert.equal((await findApp(ask, APP)).kind, 'in-circles')
    assert.ok(asked.length < 10)
  })

  it('is where it was when there is no answer', async () => {
    const found = await findApp(answering().ask, APP)
    assert.deepEqual([found.kind, found.app, found.reply.kind], ['found', APP, 'unreachable'])
  })
})
