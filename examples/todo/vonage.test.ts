import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ACCOUNT, type Scene, startMessagesApi, TEXT } from './messages-api.testing.ts'
import { createSendSms, type Sent } from './vonage.ts'

const PATIENT = { timeoutMilliseconds: 10_000 }

describe('sending an SMS', () => {
  const cases: [Scene, Sent][] = [
    ['accepted', { kind: 'accepted', messageUuid: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab' }],
    // Asked again it would be sent twice.
    ['halfAccepted', { kind: 'accepted', messageUuid: null }],
    ['badCredentials', { kind: 'refused', why: '401 unauthorized' }],
    ['lowBalance', { kind: 'refused', why: '402 low-balance' }],
    ['badNumber', { kind: 'refused', why: '422 1120' }],
    ['throttled', { kind: 'trouble', why: '429 1010' }],
    ['broken', { kind: 'trouble', why: '500 internal-error' }],
    // Else the secret would go where an answer says. It is asked once: the server has one scene.
    ['elsewhere', { kind: 'refused', why: '307' }],
  ]
  for (const [scene, sent] of cases)
    it(`asks as documented, and understands: ${scene}`, async () => {
      const { account, asked } = await startMessagesApi(scene)
      assert.deepEqual(await createSendSms(account, PATIENT)(TEXT), sent)
      assert.equal(asked(), 1)
    })

  it('gives up on a server that does not answer in time', { timeout: 5000 }, async () => {
    const { account, asked } = await startMessagesApi('hang')
    const sent = await createSendSms(account, { timeoutMilliseconds: 100 })(TEXT)
    assert.deepEqual(sent, { kind: 'trouble', why: 'TimeoutError' })
    assert.equal(asked(), 1)
  })

  it('a connection that breaks off, or that there is none, is trouble and no exception', async () => {
    const { account } = await startMessagesApi('hangUp')
    assert.equal((await createSendSms(account, PATIENT)(TEXT)).kind, 'trouble')
    const nobody = createSendSms({ ...ACCOUNT, baseUrl: 'http://127.0.0.1:1' }, PATIENT)
    assert.equal((await nobody(TEXT)).kind, 'trouble')
  })
})
