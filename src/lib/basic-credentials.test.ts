import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readBasicCredentials } from './basic-credentials.ts'

const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64')

describe('readBasicCredentials', () => {
  const taken: [text: string, username: string, password: string][] = [
    ['Aladdin:open sesame', 'Aladdin', 'open sesame'],
    ['test:123\u00a3', 'test', '123\u00a3'],
    ['a:b:c', 'a', 'b:c'],
    ['a::', 'a', ':'],
    ['a: b ', 'a', ' b '],
    [':b', '', 'b'],
    ['a:', 'a', ''],
    ['z\u00fcrich:p\u00e4\u{1f511}', 'z\u00fcrich', 'p\u00e4\u{1f511}'],
    // As received: a mark of byte order is a character of the password.
    ['\ufeffa:b', '\ufeffa', 'b'],
  ]
  for (const [text, username, password] of taken) {
    test(`${JSON.stringify(text)} is ${JSON.stringify([username, password])}`, () => {
      assert.deepEqual(readBasicCredentials(encode(text)), { username, password })
    })
  }

  test('the examples of RFC 7617 2 and 2.1 are read as they stand', () => {
    assert.deepEqual(readBasicCredentials('QWxhZGRpbjpvcGVuIHNlc2FtZQ=='), {
      username: 'Aladdin',
      password: 'open sesame',
    })
    assert.deepEqual(readBasicCredentials('dGVzdDoxMjPCow=='), { username: 'test', password: '123\u00a3' })
  })

  const good = encode('user1:password')
  const refused: [why: string, credentials: string][] = [
    ['nothing', ''],
    ['text that is not base64', 'user1:password'],
    ['no colon', encode('user1')],
    ['without its padding', encode('a:bc').replace(/=+$/, '')],
    ['too much padding', `${encode('a:b')}=`],
    ['base64url', encode('a:\u00fb\u00ff\u00be').replace('+', '-').replace('/', '_')],
    ['a blank inside', `${good.slice(0, 4)} ${good.slice(4)}`],
    ['a blank after it', `${good} `],
    ['a line break inside', `${good.slice(0, 4)}\n${good.slice(4)}`],
    ['unused bits that are set', 'YTp='],
    ['two of them', `${good}, ${good}`],
    ['a character outside the alphabet', `${good.slice(0, 4)}!${good.slice(4)}`],
    ['Latin 1, which is not UTF-8', encode(Uint8Array.of(0x61, 0x3a, 0xa3))],
    ['half a surrogate pair in UTF-8', encode(Uint8Array.of(0x61, 0x3a, 0xed, 0xa0, 0x80))],
    ['an overlong colon', encode(Uint8Array.of(0x61, 0xc0, 0xba, 0x62))],
    ['NUL', encode('a:b\0c')],
    ['a line break in it', encode('a:b\r\nc')],
    ['a tab in the name', encode('a\tb:c')],
    ['a control of Latin 1', encode('a:\u0085')],
  ]
  for (const [why, credentials] of refused) {
    test(`${why} is null`, () => assert.equal(readBasicCredentials(credentials), null))
  }
})
