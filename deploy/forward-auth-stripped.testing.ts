import assert from 'node:assert/strict'
import { it } from 'node:test'
import { headerOf, identityOf, type Rows, WHO } from './forward-auth-seen.testing.ts'

/** For tests only: what is Latchkey's does not reach the app, and what is the app's does. */

const MINE = 'mine=1; theirs="a=b"; token=x; refresh=y; __Host-app=2; __Secure-app=3'

export function strippedRows({ people, asks }: Rows): void {
  /** The cookies that the app sees, as it would read them. */
  async function cookiesSeen(header: string): Promise<string[]> {
    const { seen } = await asks('GET', '/', { headers: [['Cookie', header]] })
    assert.deepEqual(seen.map(identityOf), [WHO.ada], 'whoever is let in')
    return seen.flatMap((one) => headerOf(one, 'cookie')).flatMap((line) => line.split(/; */).filter(Boolean))
  }
  const ours = () => people().ada[1]

  it("cookies of the app reach it, and Latchkey's do not: at the start, in the middle, at the end", async () => {
    const mine = MINE.split('; ')
    assert.deepEqual(await cookiesSeen(`${ours()}; ${MINE}`), mine)
    assert.deepEqual(await cookiesSeen(`${MINE}; ${ours()}`), mine)
    assert.deepEqual(await cookiesSeen(`a=1; ${ours()}; ${MINE}`), ['a=1', ...mine])
    assert.deepEqual(await cookiesSeen(`__Host-token=x; a=1; ${ours()}; ${MINE}; __Host-refresh=y`), [
      'a=1',
      ...mine,
    ])
    assert.deepEqual(await cookiesSeen(`a=1;${ours()};b=2`), ['a=1', 'b=2'])
  })

  it("without a cookie of its own the app gets none of Latchkey's", async () => {
    assert.deepEqual(await cookiesSeen(ours()), [])
    assert.deepEqual(await cookiesSeen(`__Host-token=x; ${ours()}; __Host-refresh=y`), [])
  })

  it("Latchkey's cookies do not reach the app in any spelling that a parser of cookies takes", async () => {
    const others = [
      '__Host-token=secret',
      '__Host-refresh=secret',
      '__Host-sent-back=1.secret',
      ' __Host-token=secret',
      '\t__Host-token=secret',
      '__Host-token =secret',
      '__Host-token\t=\tsecret',
      '__Host-token="secret"',
      '__host-TOKEN=secret',
      '__Host-refresh=secret; __Host-refresh=secret; __Host-refresh=secret',
      Array(20).fill('__Host-refresh=secret').join(';'),
    ]
    for (const other of others)
      for (const header of [`${ours()}; ${other}`, `${other}; ${ours()}`, `a=1;${other};${ours()};b=2`])
        for (const cookie of await cookiesSeen(header))
          assert.doesNotMatch(cookie, /secret|token|refresh|eyJ/i, header)
  })

  it('two lines of cookies are one to the app too', async () => {
    const { status, seen } = await asks('GET', '/', {
      headers: [
        ['Cookie', `a=1; ${ours()}`],
        ['Cookie', 'b=2; __Host-refresh=secret'],
      ],
    })
    // Or they are refused.
    if (seen.length === 0) assert.ok(status >= 400)
    for (const one of seen) {
      assert.deepEqual(identityOf(one), WHO.ada)
      assert.doesNotMatch(headerOf(one, 'cookie').join(';'), /secret|eyJ/)
    }
  })

  it('a header of cookies that is as long as may be is stripped too', async () => {
    const long = Array.from({ length: 120 }, (_, i) => `c${i}=${'x'.repeat(100)}`)
    const seen = await cookiesSeen([...long.slice(0, 60), ours(), ...long.slice(60)].join('; '))
    assert.deepEqual(seen, long)
  })

  it('a Bearer token lets a program in, and does not reach the app', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const { status, seen } = await asks('GET', '/', {
        headers: [['Authorization', `${scheme} ${people().bearer}`]],
      })
      assert.equal(status, 200, scheme)
      assert.deepEqual(seen.map(identityOf), [WHO.ada])
      assert.deepEqual(
        seen.flatMap((one) => headerOf(one, 'authorization')),
        [],
      )
      assert.doesNotMatch(JSON.stringify(seen), new RegExp(people().bearer.slice(-20)))
    }
  })

  it('a bad Bearer is 401, whatever the cookie', async () => {
    const { status, seen } = await asks('GET', '/', {
      headers: [people().ada, ['Authorization', 'Bearer x.y.z']],
    })
    assert.deepEqual([status, seen], [401, []])
  })

  it('another scheme is for the app', async () => {
    const basic = 'Basic YTpi'
    const { seen } = await asks('GET', '/', { headers: [people().ada, ['Authorization', basic]] })
    assert.deepEqual(
      seen.flatMap((one) => headerOf(one, 'authorization')),
      [basic],
    )
  })

  it('two Authorization headers: no token reaches the app', async () => {
    const bearer = ['Authorization', `Bearer ${people().bearer}`] as const
    for (const headers of [
      [['Authorization', 'Basic YTpi'] as const, bearer],
      [bearer, ['Authorization', 'Basic YTpi'] as const],
    ]) {
      const { seen } = await asks('GET', '/', { headers: [people().ada, ...headers] })
      assert.doesNotMatch(JSON.stringify(seen.flatMap((one) => headerOf(one, 'authorization'))), /Bearer/i)
    }
  })
}
