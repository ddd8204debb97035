import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCollection, skipUnless } from '../vectors/vectors.testing.ts'
import { explainPassword, judgePassword, LONGEST_PASSWORD, type PasswordProblem } from './password-rules.ts'

const judge = (password: string, about: (string | null)[] = [], minLength = 15) =>
  judgePassword(password, about, { minLength })
// No words, so that only the length decides.
const LETTERS = 'qzjxkvwpyfbmghuc'
const ofLength = (length: number) => LETTERS.repeat(Math.ceil(length / LETTERS.length)).slice(0, length)

describe('the length of a password', () => {
  for (const [length, problem] of [
    [0, 'too-short'],
    [14, 'too-short'],
    [15, null],
    [16, null],
    [64, null],
    [128, null],
    [LONGEST_PASSWORD, null],
    [LONGEST_PASSWORD + 1, 'too-long'],
    [1_000_000, 'too-long'],
  ] as const) {
    it(`of ${length} code points is ${problem ?? 'good'}`, async () =>
      assert.equal(await judge(ofLength(length)), problem))
  }

  it('is counted in code points, so an emoji is one', async () => {
    assert.equal(await judge('\u{1f600}'.repeat(14)), 'too-short')
    assert.equal(await judge('\u{1f600}'.repeat(15)), null)
  })

  it('is counted after NFC, so a letter and its accent are one', async () => {
    assert.equal(await judge('e\u0301'.repeat(14)), 'too-short')
    assert.equal(await judge('e\u0301'.repeat(15)), null)
  })

  it('is what the operator sets, down to 8', async () => {
    assert.equal(await judge(ofLength(7), [], 8), 'too-short')
    assert.equal(await judge(ofLength(8), [], 8), null)
    assert.equal(await judge(ofLength(127), [], 128), 'too-short')
    assert.equal(await judge(ofLength(128), [], 128), null)
  })

  it('is all there is of composition: letters, digits, spaces and NUL alone are good', async () => {
    const good = [
      'plain words only here',
      '314159265358979323',
      ' '.repeat(20),
      '\0'.repeat(20),
      '日本語'.repeat(5),
    ]
    for (const password of good) assert.equal(await judge(password), null, JSON.stringify(password))
  })
})

describe('a common password is refused, and told so (ASVS 6.2.4)', () => {
  for (const file of ['zxcvbn-top3000-min8.txt', 'zxcvbn-all-min15.txt']) {
    const list = readCollection(`passwords/${file}`)
    it(`each of ${file}`, { skip: skipUnless(list) }, async () => {
      const passwords = (list ?? '').split('\n').filter(Boolean)
      assert.ok(passwords.length >= 40)
      for (const password of passwords) assert.equal(await judge(password, [], 8), 'common', password)
    })
  }

  it('whatever its case and width, and read backwards', async () => {
    for (const password of ['password1', 'PassWord1', 'ｐａｓｓｗｏｒｄ１', '1drowssap']) {
      assert.equal(await judge(password, [], 8), 'common', password)
    }
  })

  it('but not one that only contains it: the whole password is compared', async () => {
    assert.equal(await judge('password1 beside the river', [], 8), null)
  })
})

describe('a password like the user', () => {
  const about = ['Margarethe', 'greta@sunflower.example', 'Greta Ünal']
  const refused = [
    ...['Margarethe12345', 'margarethe-2026', 'MARGARETHE!!!!!', '1234567margarethe', 'ehteragram12345'],
    ...[
      'greta@sunflower.example',
      'sunflower123456',
      'gretasunflower1',
      'Greta Ünal 1990',
      'latchkey-latchkey',
    ],
    ...['latchkey1234567', 'margaretheabcdefg', 'Ｍargarethe12345'],
  ]
  for (const password of refused) {
    it(`is refused: ${password}`, async () => assert.equal(await judge(password, about), 'like-user'))
  }

  const good = [
    'margarethe reads by the fire',
    'a sunflower under snow',
    'no name of anybody',
    'margaretheabcdefgh',
  ]
  for (const password of good) {
    it(`is good with eight other letters or more: ${password}`, async () =>
      assert.equal(await judge(password, about), null))
  }

  it('is not one that has two letters of a name', async () => {
    assert.equal(await judge('123456789012jo!', ['jo', null]), null)
    assert.equal(await judge('12345678901joe!', ['joe', null]), 'like-user')
  })

  it('takes what it is told of the user as text, not as a pattern', async () => {
    assert.equal(await judge('nothing in common', ['.*', '(a+)+$', '$&']), null)
  })
})

describe('why a password was refused', () => {
  for (const problem of [
    'not-text',
    'too-short',
    'too-long',
    'common',
    'like-user',
    'same',
  ] satisfies PasswordProblem[]) {
    it(`is said for ${problem} in a sentence`, () =>
      assert.match(explainPassword(problem, { minLength: 15 }), /^[A-Z].*\.$/))
  }
  it('with the length that is asked for', () =>
    assert.equal(explainPassword('too-short', { minLength: 9 }), 'Use at least 9 characters.'))
})
