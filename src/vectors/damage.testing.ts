import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { newId, newSecret } from '../lib/ids.ts'
import { START } from '../testing.ts'
import type { Algorithm } from '../tokens/algorithms.ts'
import type { Claims } from '../tokens/claims.ts'
import { type ForgingKey, forge, forgingKey, idAt, part, type Secret } from './forge.testing.ts'
import { AUDIENCE, FROM, openRig, type Rig, tokenPolicy } from './rig.testing.ts'

/** For tests only: the damage that each recipe of jwt-negative-recipes.json does to a token that was just issued. */

const rsa = await forgingKey('RS256')
const rsaJwk = createPublicKey(rsa.publicPem).export({ format: 'jwk' })

const cast = new Map<Algorithm, Promise<Cast>>()
/** The keys of a base: its own, another of the same ring, and one of nobody's. */
interface Cast {
  key: ForgingKey
  second: ForgingKey
  foreign: ForgingKey
}

async function castOf(alg: Algorithm): Promise<Cast> {
  const [second, key, foreign] = await Promise.all(
    [START - 2000, START - 1000, START].map((at) => forgingKey(alg, idAt(at))),
  )
  return { key, second, foreign } as Cast
}

export interface Base extends Cast {
  rig: Rig
  alg: Algorithm
  header: { alg: Algorithm; typ: 'JWT'; kid: string }
  token: string
  claims: Claims
  /** The base token with other claims, well signed. */
  claiming(change: Record<string, unknown>): string
  /** The base token with another header, well signed. */
  headed(change: Record<string, unknown>): string
  /** Any payload, well signed. */
  holding(payload: unknown): string
  /** The base token signed as RS256 by the RSA key of the ring. */
  byRsa: string
}

/** A token of a ring whose newest key is of this algorithm, with another of the same and one of RS256 beside it. */
export async function openBase(alg: Algorithm = 'ES256'): Promise<Base> {
  if (!cast.has(alg)) cast.set(alg, castOf(alg))
  const { key, second, foreign } = (await cast.get(alg)) as Cast
  const rig = await openRig({ keys: [rsa, second, key] })
  // The greatest id signs: the base is made with `key`, whenever the RSA key was made.
  rig.replaceKeys([key])
  const { token, claims } = await rig.signIn(await rig.addUser())
  rig.replaceKeys([rsa, second, key])
  const header = { alg, typ: 'JWT', kid: key.kid } as const
  const holding = (payload: unknown) => forge(header, payload, key.secret, alg)
  return {
    ...{ rig, alg, header, key, second, foreign, token, claims, holding },
    byRsa: forge({ alg: 'RS256', typ: 'JWT', kid: rsa.kid }, claims, rsa.secret, 'RS256'),
    claiming: (change) => holding({ ...claims, ...change }),
    headed: (change) => forge({ ...header, ...change }, claims, key.secret, alg),
  }
}

const without = (claims: object, name: string) =>
  Object.fromEntries(Object.entries(claims).filter(([other]) => other !== name))
const each = <T>(values: T[], damage: (value: T) => string) => values.map(damage)
const unsigned = (alg: string, { header, claims }: Base) => `${part({ ...header, alg })}.${part(claims)}.`
const asRsa = (alg: string, { claims }: Base, secret: Secret, by = alg) =>
  forge({ alg, typ: 'JWT', kid: rsa.kid }, claims, secret, by)
const withRawExp =
  ({ claims, holding }: Base) =>
  (exp: string) =>
    holding(JSON.stringify({ ...claims, exp: 0 }).replace('"exp":0', `"exp":${exp}`))

type Recipe = (base: Base) => string[] | Promise<string[]>

/** By the id of the recipe: tokens of which each must be refused. */
export const recipes: Record<string, Recipe> = {
  'alg-none': (b) => [unsigned('none', b), `${unsigned('none', b)}${b.token.split('.')[2]}`],
  'alg-None-case': (b) => each(['None', 'NONE', 'nOnE'], (alg) => unsigned(alg, b)),
  'alg-hs256-pubkey-pem': (b) =>
    each([rsa.publicPem, rsa.publicPem.trim(), b.key.publicPem], (pem) => asRsa('HS256', b, pem)),
  'alg-hs256-pubkey-jwk': (b) =>
    each([JSON.stringify(rsaJwk), String(rsaJwk.n)], (text) => asRsa('HS256', b, text)),
  'alg-other-rsa': (b) => each(['RS512', 'PS256', 'RS1'], (alg) => asRsa(alg, b, rsa.secret)),
  'alg-missing': ({ claims, key, alg }) => [
    forge({ typ: 'JWT', kid: key.kid }, claims, key.secret, alg),
    forge({ typ: 'JWT', kid: rsa.kid }, claims, rsa.secret, 'RS256'),
  ],
  'alg-array': ({ claims, headed, alg }) => [
    headed({ alg: [alg] }),
    forge({ alg: ['RS256'], typ: 'JWT', kid: rsa.kid }, claims, rsa.secret, 'RS256'),
  ],
  'kid-unknown': ({ claims, header, foreign, key, alg }) =>
    each([foreign.secret, key.secret], (secret) =>
      forge({ ...header, kid: foreign.kid }, claims, secret, alg),
    ),
  'kid-missing': ({ claims, header, key, alg }) => [forge(without(header, 'kid'), claims, key.secret, alg)],
  'kid-injection': ({ headed }) =>
    each(
      ['../../../dev/null', "x' OR '1'='1", '__proto__', 'constructor', 'k'.repeat(10_000), '', 7, null],
      (kid) => headed({ kid }),
    ),
  'kid-swap': ({ headed, second }) => [headed({ kid: second.kid }), headed({ kid: rsa.kid })],
  async 'kid-retired'({ rig, token, second }) {
    // Seen as good once, so that it is remembered.
    assert.equal((await rig.sessions.resume(token)).kind, 'live')
    rig.replaceKeys([second])
    return [token]
  },
  'jwk-embedded': ({ claims, headed, header, foreign, alg }) => {
    const jwk = foreign.published?.jwk ?? { kty: 'oct', k: Buffer.from(foreign.secret).toString('base64url') }
    return [forge({ ...header, jwk }, claims, foreign.secret, alg), headed({ jwk })]
  },
  async jku({ rig, claims, headed, header, foreign, alg }) {
    let requests = 0
    const listener = createServer((_, response) => {
      requests++
      response.end('{"keys":[]}')
    })
    await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done))
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/keys`
    const tokens = ['jku', 'x5u'].flatMap((name) => [
      forge({ ...header, [name]: url }, claims, foreign.secret, alg),
      headed({ [name]: url }),
    ])
    for (const token of tokens) await rig.sessions.resume(token)
    await new Promise((done) => listener.close(done))
    assert.equal(requests, 0, 'a key was asked for at an address that a token named')
    return tokens
  },
  x5c: ({ claims, headed, header, foreign, alg }) => [
    forge({ ...header, x5c: ['MIIB'] }, claims, foreign.secret, alg),
    headed({ x5c: ['MIIB'] }),
  ],
  crit: ({ headed }) => each([['b64'], ['exp'], [], ['x']], (crit) => headed({ crit })),
  'b64-false': ({ claims, headed }) => {
    const plain = headed({ b64: false, crit: ['b64'] }).split('.')
    return [plain.join('.'), [plain[0], JSON.stringify(claims), plain[2]].join('.')]
  },
  'typ-refresh': ({ headed }) => [
    newSecret(),
    `${newId()}.${newSecret()}.${newSecret()}`,
    headed({ typ: 'rt+jwt' }),
  ],
  'typ-missing': ({ claims, headed, header, key, alg }) => [
    ...each(['at+jwt', 'JOSE', 'rt+jwt', 'jwt', 7], (typ) => headed({ typ })),
    forge(without(header, 'typ'), claims, key.secret, alg),
  ],
  'exp-past': ({ claiming }) => [claiming({ iat: START - 100, exp: START - 1 })],
  'exp-now': ({ claiming }) => [claiming({ iat: START - 100, exp: START })],
  'exp-missing': ({ claims, holding }) => [holding(without(claims, 'exp'))],
  'exp-types': (b) => each(['"9999999999"', 'null', 'true', '[]', '{}', '1e400', '-1', '0'], withRawExp(b)),
  'exp-far': ({ claiming }) => [claiming({ exp: START + 315_360_000 }), claiming({ exp: START + 901 })],
  'nbf-future': ({ claiming }) => [claiming({ nbf: START + 3600 })],
  'iat-future': ({ claiming }) => [claiming({ iat: START + 3600, exp: START + 3700 })],
  'iss-wrong': ({ claims, holding, claiming }) => [
    ...each(['https://evil.test', '', [tokenPolicy.issuer], `${tokenPolicy.issuer}/`], (iss) =>
      claiming({ iss }),
    ),
    holding(without(claims, 'iss')),
  ],
  'aud-wrong': ({ claims, holding, claiming }) => [
    ...each(['x', [], ['x'], `${AUDIENCE},x`, AUDIENCE.slice(0, -1), ''], (aud) => claiming({ aud })),
    holding(without(claims, 'aud')),
  ],
  'sub-missing': ({ claims, holding, claiming }) => [
    holding(without(claims, 'sub')),
    ...each(['', 7], (sub) => claiming({ sub })),
  ],
  async 'sid-revoked'({ rig, token, claims }) {
    assert.equal((await rig.sessions.resume(token)).kind, 'live')
    await rig.endings.one(claims.sid, 'signed-out', FROM)
    return [token]
  },
  'payload-types': ({ holding }) => each([null, '"x"', 1, [], true], holding),
  'dup-claims': (b) => each([`${START + 9},"exp":${START + 200}`], withRawExp(b)),
  parts: ({ token }) => {
    const [head = '', payload = '', signature = ''] = token.split('.')
    const json = JSON.stringify({ payload, signatures: [{ protected: head, signature }] })
    const dotted = ['', head, `${head}.${payload}`, '..', `${token}.`, `.${token}`, `${token}.${head}`]
    return [...dotted, `${token}.${head}.${payload}`, `${head}..${payload}.${signature}.${head}`, json]
  },
  noncanonical: ({ token }) => [
    ...each(['==', '=', ' ', '\n', '\0'], (end) => token + end),
    ` ${token}`,
    token.slice(0, -1) + nextLetter(token.slice(-1)),
  ],
  bigtoken: ({ token, claiming }) => [
    ...each([16 * 1024, 1024 * 1024], (length) => 'A'.repeat(length)),
    ...each([16 * 1024, 1024 * 1024], (length) => `${'A'.repeat(length)}.${token}`),
    ...each([16 * 1024, 1024 * 1024], (length) => claiming({ username: 'x'.repeat(length) })),
  ],
  'tamper-each': ({ token }) =>
    Array.from(token, (_, at) => {
      const bytes = Buffer.from(token)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 7))
      return bytes.toString('latin1')
    }),
  utf8: ({ claims, holding }) => {
    const bytes = Buffer.from(JSON.stringify(claims))
    bytes[bytes.indexOf(claims.username)] = 0xff
    return [holding(bytes), holding(Buffer.from(JSON.stringify(claims), 'utf16le'))]
  },
  deep: ({ holding }) =>
    each([1000, 100_000], (depth) => holding(`${'['.repeat(depth)}${']'.repeat(depth)}`)),
}

/** The letter whose last bit differs: with 64 bytes of signature, that bit means nothing. */
function nextLetter(letter: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return letters[letters.indexOf(letter) ^ 1] ?? assert.fail()
}
