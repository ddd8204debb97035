import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isKnownTag } from './if-none-match.ts'

const ETAG = '"kZ7YtPBgewCnWfh3TY-5Ue"'

describe('isKnownTag', () => {
  for (const header of [
    ETAG,
    `W/${ETAG}`,
    '*',
    ' * ',
    `"a", ${ETAG}`,
    `${ETAG},"a"`,
    `"a" ,\tW/${ETAG} , "b"`,
    `"a,b", ${ETAG}`,
    `, ,${ETAG},`,
  ]) {
    test(`${header} knows it`, () => assert.ok(isKnownTag(header, ETAG)))
  }

  for (const header of [
    undefined,
    '',
    '"a"',
    ETAG.slice(1, -1),
    `w/${ETAG}`,
    `W/ ${ETAG}`,
    `"${ETAG}"`,
    ETAG.toLowerCase(),
    `${ETAG.slice(0, -1)}x"`,
    '"*"',
    'W/*',
  ]) {
    test(`${header} does not`, () => assert.ok(!isKnownTag(header, ETAG)))
  }

  test('CVE-2026-69207: long rows of blanks and commas are no work', () => {
    const before = process.cpuUsage()
    for (const header of [' '.repeat(32_000), ', '.repeat(16_000), `"a${' '.repeat(32_000)}"`])
      isKnownTag(header, ETAG)
    const ms = process.cpuUsage(before).user / 1000
    assert.ok(ms < 100, `${ms} ms`)
  })
})
