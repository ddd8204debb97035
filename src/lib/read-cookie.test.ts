import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readCookie } from './read-cookie.ts'

describe('reading one name from a Cookie header', () => {
  it('GHSA-r5rp-j6wh-rvv4: only space and tab are trimmed', () => {
    for (const blank of ['\u00a0', '\u2003', '\ufeff', '\v', '\f', '\u0085', '\u3000']) {
      assert.deepEqual(readCookie(`${blank}a=1`, 'a'), { kind: 'none' }, JSON.stringify(blank))
      assert.deepEqual(readCookie(`a=1${blank}`, 'a'), { kind: 'one', value: `1${blank}` })
      assert.deepEqual(readCookie(`${blank}a=2; a=1`, 'a'), { kind: 'one', value: '1' })
    }
    assert.deepEqual(readCookie('\t a \t=\t 1 \t', 'a'), { kind: 'one', value: '1' })
  })

  it('an empty cookie of our name beside a full one are two as well', () => {
    assert.deepEqual(readCookie('a=; a=1', 'a'), { kind: 'several', values: ['', '1'] })
    assert.deepEqual(readCookie('a=1; a=', 'a'), { kind: 'several', values: ['1', ''] })
  })

  it('T25: any header is read as the reference does: split, cut at the first =, trimmed', () => {
    const piece = fc.constantFrom('a', 'b', '=', ';', ' ', '\t', '"', '%61', '\u00a0', 'token', '1', ',')
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 24 }).map((parts) => parts.join('')),
        (header) => {
          const values = header.split(';').flatMap((pair) => {
            const [, name, value] = /^([^=]*)=(.*)$/s.exec(pair) ?? []
            const bare = (text = '') => text.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '')
            return name !== undefined && bare(name) === 'token' ? [bare(value)] : []
          })
          const [value] = values
          const want =
            values.length > 1 ? { kind: 'several' } : value ? { kind: 'one', value } : { kind: 'none' }
          assert.deepEqual(readCookie(header, 'token'), want)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
