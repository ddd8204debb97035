import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hash as argon2 } from '@node-rs/argon2'
import fc from 'fast-check'
import { createPasswords, QueueFull } from './passwords.ts'

const passwords = createPasswords()
const ARGON2I = 1
// The cheapest figures there are: for what is not about the figures.
const CHEAP = { memoryCost: 8, timeCost: 1, parallelism: 1 }

describe('the hash of a password', () => {
  it('is an argon2id PHC string of 19 MiB, 2 passes, 1 lane, with a salt of its own (decision D10)', async () => {
    const [one, two] = await Promise.all([passwords.hash('same'), passwords.hash('same')])
    const PHC = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$([A-Za-z0-9+/]{22,})\$([A-Za-z0-9+/]{43})$/
    assert.match(one, PHC)
    assert.notEqual(PHC.exec(one)?.[1], PHC.exec(two)?.[1])
    assert.equal(await passwords.matches(one, 'same'), true)
    assert.equal(await passwords.matches(one, 'Same'), false)
  })

  it('is outdated when it was made with lower figures, or another kind, and not with higher ones', async () => {
    assert.equal(passwords.isOutdated(await passwords.hash('x')), false)
    const made = (other: object) => argon2('x', { memoryCost: 19_456, timeCost: 2, parallelism: 1, ...other })
    for (const lower of [{ memoryCost: 19_455 }, { timeCost: 1 }, { memoryCost: 65_536, timeCost: 1 }])
      assert.equal(passwords.isOutdated(await made(lower)), true)
    for (const higher of [{ memoryCost: 19_457 }, { timeCost: 3 }])
      assert.equal(passwords.isOutdated(await made(higher)), false)
    const kind = { memoryCost: 19_456, timeCost: 2, parallelism: 1, algorithm: ARGON2I }
    assert.equal(passwords.isOutdated(await argon2('x', kind)), true)
    assert.equal(passwords.isOutdated('$2b$12$abc'), true)
  })
})

describe('a password is the same', () => {
  const verify = async (set: string, given: string) =>
    passwords.matches(await argon2(set.normalize('NFC'), CHEAP), given)

  it('in each spelling that NFC makes one', async () => {
    assert.equal(await verify('Zo\u00eb and caf\u00e9', 'Zoe\u0308 and cafe\u0301'), true)
    assert.equal(await verify('\u212b', '\u00c5'), true)
  })

  it('and in no other: no trim, no case, no compatibility, no end (ASVS 6.2.8)', async () => {
    const pairs: [string, string][] = [
      ...([
        ['a', 'A'],
        ['a', 'a '],
        ['a', ' a'],
        ['a', 'a\n'],
        ['a', 'a\0'],
        ['a\0b', 'a\0c'],
      ] as [string, string][]),
      ...([
        ['ﬁ', 'fi'],
        ['Ａ', 'A'],
        ['a\0', 'a'],
        ['', '\0'],
        ['é', 'e'],
      ] as [string, string][]),
    ]
    for (const [set, given] of pairs) {
      assert.equal(await verify(set, given), false, JSON.stringify([set, given]))
      assert.equal(await verify(set, set), true)
    }
  })

  it('to its last letter, past the 72 bytes of bcrypt', async () => {
    for (const length of [72, 127, 1023]) {
      const twin = 'x'.repeat(length)
      assert.equal(await verify(`${twin}a`, `${twin}b`), false)
    }
  })

  it('only when it is equal after NFC', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        async (set, given) => {
          assert.equal(await verify(set, set), true)
          assert.equal(await verify(set, given), set.normalize('NFC') === given.normalize('NFC'))
        },
      ),
      { numRuns: 50 },
    )
  })

  it('not when only a broken surrogate differs', async () => {
    assert.equal(await verify('a\ud800', 'a\udbff'), false)
  })
})

describe('the queue of hashes', () => {
  it('takes 2 at once and 64 waiting, and turns the next away', async () => {
    const queue = createPasswords({ concurrency: 2, mostWaiting: 64 })
    const settled = { done: 0, full: 0 }
    const cheap = await argon2('x', CHEAP)
    const jobs = Array.from({ length: 80 }, () =>
      queue.matches(cheap, 'x').then(
        () => settled.done++,
        (error) => {
          assert.ok(error instanceof QueueFull)
          settled.full++
        },
      ),
    )
    await Promise.all(jobs)
    assert.deepEqual(settled, { done: 66, full: 14 })
    assert.equal(queue.waiting, 0)
    assert.equal(await queue.matches(cheap, 'x'), true)
  })

  it('never runs more at once than it should', async () => {
    const queue = createPasswords({ concurrency: 2, mostWaiting: 5 })
    const cheap = await argon2('x', CHEAP)
    const jobs = Array.from({ length: 7 }, () => queue.matches(cheap, 'x'))
    // Those that run wait no more: 7 less the 5 that still do.
    await new Promise(setImmediate)
    assert.ok(queue.waiting <= 5)
    await assert.doesNotReject(Promise.all(jobs))
    await Promise.all(Array.from({ length: 7 }, () => queue.matches(cheap, 'x')))
  })

  it('goes on after a job that failed', async () => {
    const queue = createPasswords({ concurrency: 1, mostWaiting: 1 })
    await assert.rejects(queue.matches('no hash', 'x'))
    assert.equal(await queue.matches(await argon2('x', CHEAP), 'x'), true)
  })
})

describe('without a hash', () => {
  it('nothing matches', async () => {
    for (const password of ['', 'x']) assert.equal(await passwords.matches(null, password), false)
  })

  it('the same queue is waited in, and is as full', async () => {
    const queue = createPasswords({ concurrency: 1, mostWaiting: 0 })
    await assert.rejects(queue.matches(null, 'x'), QueueFull)
  })

  it('the same work is done: the medians of 15 are within a quarter (ASVS 6.3.8)', async () => {
    const wrong = await passwords.hash('right')
    await passwords.matches(null, 'first')
    const times = { wrong: [] as number[], absent: [] as number[] }
    for (let i = 0; i < 15; i++) {
      for (const [kind, hash] of [['wrong', wrong] as const, ['absent', null] as const]) {
        // Processor time, for the machine has other work to do.
        const before = process.cpuUsage()
        await passwords.matches(hash, 'guess')
        const { user, system } = process.cpuUsage(before)
        times[kind].push(user + system)
      }
    }
    const median = (values: number[]) => values.toSorted((a, b) => a - b)[7] ?? 0
    const ratio = median(times.absent) / median(times.wrong)
    assert.ok(ratio > 0.75 && ratio < 1.34, `absent costs ${ratio.toFixed(2)} of wrong`)
  })
})
