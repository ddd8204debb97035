import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { quickest } from '../quickest.testing.ts'
import { withoutBearer, withoutCookies } from './for-the-app.ts'

const strip = withoutCookies(['__Host-token', '__Secure-token', '__Host-refresh', 'token'])

describe('the cookies of an app', () => {
  for (const [header, left] of [
    [undefined, ''],
    ['', ''],
    ['a=1; b=2', 'a=1; b=2'],
    ['a=1;b="x y"', 'a=1; b="x y"'],
    ['__Host-token=x', ''],
    ['__Host-token=x; a=1', 'a=1'],
    ['a=1; __Secure-token=x; b=2', 'a=1; b=2'],
    ['a=1; __Host-refresh=x; __Host-refresh=y', 'a=1'],
    ['a=1;\t__HOST-Token \t= x;b', 'a=1; b'],
    ['__Host-token', ''],
    ['token=x; csrftoken=1; token2=2; x-token=3; my.token=4', 'csrftoken=1; token2=2; x-token=3; my.token=4'],
    // Some parsers take a comma for a semicolon: what is not surely free of ours goes.
    ['a=1, __Host-token=x; b=2', 'b=2'],
    ['a="; __Host-token=x"', 'a="'],
    ['__Host-token="a;b"', 'b"'],
    ['a=__Host-token', ''],
  ] as const)
    it(`of ${JSON.stringify(header)} are ${JSON.stringify(left)}`, () => assert.equal(strip(header), left))

  it('are found in a moment, however long the header is', async () => {
    for (const piece of ['token', '; ', '__Host-token ', '=', 'a', ' ']) {
      const long = piece.repeat(Math.ceil(32_000 / piece.length))
      assert.ok((await quickest(() => strip(long))) < 100)
    }
  })
})

describe('the Authorization of an app', () => {
  for (const [header, left] of [
    [undefined, ''],
    ['Basic YTpi', 'Basic YTpi'],
    ['Bearer x', ''],
    ['bearer\tx', ''],
    ['BEARER', ''],
    ['Basic YTpi, Bearer x', ''],
    ['Digest username="bearer"', 'Digest username="bearer"'],
  ] as const)
    it(`of ${JSON.stringify(header)} is ${JSON.stringify(left)}`, () =>
      assert.equal(withoutBearer(header), left))
})
