import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { part } from '../vectors/forge.testing.ts'
import { hasTokenForm, readHeader, readPayload } from './token-format.ts'

const header = { alg: 'ES256', typ: 'JWT', kid: 'k' }

describe('the form of a token', () => {
  it('is three parts of canonical base64url', () => assert.ok(hasTokenForm('YQ.YWI.YWJj')))

  const bad: Record<string, string> = {
    empty: '',
    'one part': 'YQ',
    'two parts': 'YQ.YQ',
    'four parts': 'YQ.YQ.YQ.YQ',
    'five parts, as an encrypted token has (CVE-2024-28176)': 'YQ.YQ.YQ.YQ.YQ',
    'an empty part': 'YQ..YQ',
    'an empty signature': 'YQ.YQ.',
    padding: 'YQ==.YQ.YQ',
    'padding at the end': 'YQ.YQ.YQ==',
    'a line feed at the end': 'YQ.YQ.YQ\n',
    'a space': 'YQ.Y Q.YQ',
    'a space at the end': 'YQ.YQ.YQ ',
    'the other alphabet': 'a+b/.YQ.YQ',
    'unused bits that are set': 'YR.YQ.YQ',
    'a length that no bytes have': 'YWJjZ.YQ.YQ',
    'a letter beyond ASCII': 'YQ.Y\u212a.YQ',
    JSON: '{"payload":"YQ","signatures":[]}',
  }
  for (const [what, token] of Object.entries(bad)) {
    it(`is not ${what}`, () => assert.equal(hasTokenForm(token), false))
  }

  for (const [length, good] of [
    [3999, true],
    [4000, true],
    [4001, false],
  ] as const) {
    it(`${good ? 'has' : 'has not'} ${length} characters`, () => {
      const rest = length - 'YQ.YQ.'.length
      const token = `YQ.YQ.${'A'.repeat(rest - (rest % 4 === 1 ? 1 : 0))}`
      const filled = `${'A'.repeat(length - token.length)}${token}`
      assert.equal(filled.length, length)
      const canonical = filled
        .split('.')
        .every((p) => Buffer.from(p, 'base64url').toString('base64url') === p)
      assert.equal(hasTokenForm(filled), good && canonical)
      assert.ok(canonical, 'the row must fail for its length alone')
    })
  }

  it('is had by one text alone for the same bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1 }),
        fc.nat(),
        fc.constantFrom('A', 'z', '_', '=', ' '),
        (bytes, at, char) => {
          const text = part(bytes)
          const index = at % (text.length + 1)
          const other = `${text.slice(0, index)}${char}${text.slice(index + 1)}`
          const same = Buffer.from(other, 'base64url').equals(Buffer.from(text, 'base64url'))
          if (other !== text && same) assert.equal(hasTokenForm(`YQ.YQ.${other}`), false)
        },
      ),
    )
  })
})

describe('the header of a token', () => {
  const read = (content: unknown) => readHeader(`${part(content)}.e30.YQ`, 'JWT')

  it('has alg, typ and kid', () => assert.deepEqual(read(header), header))

  it('is of the one kind that was asked for (RFC 8725 3.11)', () => {
    for (const asked of ['JWT', 'forward-auth+jwt'] as const)
      for (const typ of ['JWT', 'forward-auth+jwt', 'FORWARD-AUTH+JWT', 'application/forward-auth+jwt', '']) {
        const content = { ...header, typ }
        const isAsked = typ === asked
        assert.deepEqual(readHeader(`${part(content)}.e30.YQ`, asked), isAsked ? content : null)
      }
  })

  const bad: Record<string, unknown> = {
    'without kid': { alg: 'ES256', typ: 'JWT' },
    'without typ': { alg: 'ES256', kid: 'k' },
    'without alg': { typ: 'JWT', kid: 'k' },
    'with another typ': { ...header, typ: 'at+jwt' },
    'with typ in another case': { ...header, typ: 'jwt' },
    'with a number for kid': { ...header, kid: 1 },
    'with a list for alg': { ...header, alg: ['ES256'] },
    'with jwk (CVE-2018-0114)': { ...header, jwk: {} },
    'with jku': { ...header, jku: 'https://evil.test' },
    'with crit': { ...header, crit: ['b64'] },
    'with crit that is empty': { ...header, crit: [] },
    'with a name twice': '{"alg":"none","alg":"ES256","typ":"JWT","kid":"k"}',
    'with spaces': '{"alg": "ES256","typ":"JWT","kid":"k"}',
    'with a mark of byte order': '\ufeff{"alg":"ES256","typ":"JWT","kid":"k"}',
    'with __proto__': '{"alg":"ES256","typ":"JWT","kid":"k","__proto__":{}}',
    'in bytes that are no UTF-8': Buffer.from('7b22ff223a317d', 'hex'),
    'that is null': null,
    'that is a list': [header],
    'that is a text': JSON.stringify(JSON.stringify(header)),
    'that is nothing': '',
  }
  for (const [what, content] of Object.entries(bad)) {
    it(`${what} is none of ours`, () => assert.equal(read(content), null))
  }
})

describe('the payload of a token', () => {
  const read = (content: unknown) => readPayload(`e30.${part(content)}.YQ`)

  it('is what JSON.stringify wrote', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        assert.deepEqual(read(text), JSON.parse(text))
      }),
    )
  })

  for (const text of [
    '{"exp":1,"exp":9}',
    '{"exp":1e400}',
    '{"exp":1.0}',
    '{"exp":01}',
    '{"a":"\\u0061"}',
    '{',
    ' {}',
    '{}\n',
  ]) {
    it(`is nothing when it is ${JSON.stringify(text)}`, () => assert.equal(read(text), undefined))
  }

  it('is nothing when its bytes are no UTF-8', () => {
    assert.equal(read(Buffer.from('7b2261223a22ff227d', 'hex')), undefined)
    assert.equal(read(Buffer.from('7b2261223a22c080227d', 'hex')), undefined)
  })
})
