import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseUsername, usernameKey } from './user.ts'

describe('a username', () => {
  const kept: [string, string][] = [
    ['user1', 'user1'],
    ['User.One_2-x', 'User.One_2-x'],
    ['zoe@example.org', 'zoe@example.org'],
    ['Zoë', 'Zoë'],
    ['Zoe\u0308', 'Zoë'],
    ['Ｕｓｅｒ', 'User'],
    ['\uff20home', '@home'],
    ['ﬁona', 'fiona'],
    ['мария', 'мария'],
    ['美咲', '美咲'],
    ['निशा', 'निशा'],
    ['1', '1'],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
  ]
  for (const [typed, username] of kept) {
    it(`${JSON.stringify(typed)} is kept as ${username}`, () => assert.equal(parseUsername(typed), username))
  }

  const refused = [
    '',
    ' ',
    'a b',
    ' a',
    'a\n',
    'a\0',
    'a/b',
    'a\\b',
    'a<b',
    'a"b',
    "a'b",
    'a:b',
    'a+b',
    'a,b',
    'a%40b',
  ]
  const sly = [
    '\u{1f600}',
    'a\u{1f600}',
    '❤',
    'a\u200b',
    'a\u202eb',
    'a\u00ad',
    '\u0301a',
    'a\ufdfa',
    'a²b½',
    '\ud800',
    'a\u2028',
  ]
  for (const typed of [...refused, ...sly]) {
    it(`${JSON.stringify(typed)} is none`, () => assert.equal(parseUsername(typed), null))
  }

  const invisible = [
    'a\ufe0f',
    '1\ufe0f\u20e3',
    'admin\u3164',
    'admin\u115f',
    '\u3164',
    'a\u034f',
    'a\u{e0100}',
  ]
  it('is none with letters or marks that nobody sees, or that make an emoji', () => {
    for (const typed of invisible) assert.equal(parseUsername(typed), null, JSON.stringify(typed))
  })

  for (const [length, good] of [
    [1, true],
    [63, true],
    [64, true],
    [65, false],
  ] as const) {
    for (const letter of ['a', 'é', '\u{20000}']) {
      it(`of ${length} times ${letter} is ${good ? 'one' : 'none'}`, () =>
        assert.equal(parseUsername(letter.repeat(length)) !== null, good))
    }
  }

  it('is counted after it was normalised, not before', () => {
    assert.equal(parseUsername('e\u0301'.repeat(64)), 'é'.repeat(64))
    assert.equal(parseUsername('\ufb03'.repeat(22)), null)
    assert.equal(parseUsername('ffi'.repeat(22)), null)
  })

  it('of a megabyte is refused unread', () => {
    const startedAt = performance.now()
    assert.equal(parseUsername('\ufdfa'.repeat(1_000_000)), null)
    assert.ok(performance.now() - startedAt < 50)
  })

  it('that is kept is kept unchanged when it is read again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 70 }), (typed) => {
        const username = parseUsername(typed)
        if (username !== null) assert.equal(parseUsername(username), username)
      }),
    )
  })
})

describe('two usernames are the same', () => {
  const same: [string, string][] = [
    ['User1', 'uSER1'],
    ['ZOË', 'zoe\u0308'],
    ['\uff35ser', 'user'],
    ['\u212aim', 'kim'],
    ['ΟΔΟΣ', 'οδος'],
    ['a\uff20b', 'A@B'],
  ]
  for (const [one, other] of same) {
    it(`${one} and ${other}`, () => assert.equal(usernameKey(one), usernameKey(other)))
  }

  it('whatever the case of their letters in ASCII, and never for another reason', () => {
    const name = fc.stringMatching(/^[a-zA-Z0-9._@-]{1,8}$/)
    fc.assert(
      fc.property(name, name, (one, other) => {
        assert.equal(usernameKey(one), usernameKey(one.toUpperCase()))
        assert.equal(usernameKey(one) === usernameKey(other), one.toLowerCase() === other.toLowerCase())
      }),
    )
  })

  it('as their keys are: a key is its own key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const username = parseUsername(text)
        if (username) assert.equal(usernameKey(usernameKey(username)), usernameKey(username))
      }),
    )
  })
})
