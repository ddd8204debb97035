import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { deriveKey } from '../lib/derive-key.ts'
import { newId } from '../lib/ids.ts'
import { openRig } from '../vectors/rig.testing.ts'
import { createRefreshTokens } from './refresh-token.ts'

const SECRET = new Uint8Array(32).fill(1)
const OTHER_SECRET = new Uint8Array(32).fill(2)
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const tokens = createRefreshTokens(SECRET)
const sid = newId()
const token = tokens.first(sid)
const [, secretPart = '', tagPart = ''] = token.split('.')

/** The text with the last letter of one of its parts changed in the bits that stand for nothing: 43 letters are 258 bits. */
const respelt = (parts: string[], at: number) =>
  [1, 2, 3].map((bits) => {
    const part = parts[at] ?? ''
    const letter = LETTERS[LETTERS.indexOf(part.slice(-1)) ^ bits]
    return parts.with(at, part.slice(0, -1) + letter).join('.')
  })

describe('a refresh token', () => {
  it('is sid.secret.tag, 32 bytes each of the last two', () => {
    assert.match(token, /^[0-9a-f-]{36}\.[\w-]{43}\.[\w-]{43}$/)
    assert.equal(token.split('.')[0], sid)
    for (const part of [secretPart, tagPart]) assert.equal(Buffer.from(part, 'base64url').length, 32)
    const next = tokens.successor(token, sid, 'salt', 1)
    assert.match(next, /^[0-9a-f-]{36}\.[\w-]{43}\.[\w-]{43}$/)
  })

  it('names its session, as the first and as a successor', () => {
    assert.equal(tokens.sidOf(token), sid)
    assert.equal(tokens.sidOf(tokens.successor(token, sid, 'salt', 1)), sid)
    assert.equal(createRefreshTokens(Uint8Array.from(SECRET)).sidOf(token), sid)
  })

  it('is random at first: never the same twice', () => {
    const many = Array.from({ length: 500 }, () => tokens.first(sid).split('.')[1])
    assert.equal(new Set(many).size, 500)
  })
})

describe('a successor', () => {
  const next = tokens.successor(token, sid, 'salt', 1)

  it('is the same each time it is derived, also by another process with the same secret', () => {
    assert.equal(tokens.successor(token, sid, 'salt', 1), next)
    assert.equal(createRefreshTokens(Uint8Array.from(SECRET)).successor(token, sid, 'salt', 1), next)
  })

  it('is another for another token, salt, rotation number or secret', () => {
    const others = [
      tokens.successor(tokens.first(sid), sid, 'salt', 1),
      tokens.successor(token, sid, 'salu', 1),
      tokens.successor(token, sid, 'salt', 2),
      // What is joined is not mistaken for what is joined elsewhere.
      tokens.successor(token, sid, 'salt.1', 1),
      createRefreshTokens(OTHER_SECRET).successor(token, sid, 'salt', 1),
      tokens.successor(next, sid, 'salt', 1),
    ]
    const secrets = [next, token, ...others].map((text) => text.split('.')[1])
    assert.equal(new Set(secrets).size, secrets.length)
  })

  it('is not made with the key of the tag, nor its tag with the key of successors', () => {
    const hmac = (label: string, text: string) =>
      createHmac('sha256', deriveKey(SECRET, label)).update(text).digest('base64url')
    const [, secret = '', tag = ''] = next.split('.')
    assert.equal(hmac('latchkey refresh tag', `${sid}.${secret}`), tag)
    assert.equal(hmac('latchkey refresh successor', `salt.1.${token}`), secret)
    assert.notEqual(hmac('latchkey refresh tag', `salt.1.${token}`), secret)
    assert.notEqual(hmac('latchkey refresh successor', `${sid}.${secret}`), tag)
  })

  it('is made with a key whose label nothing else has', () => {
    const folder = new URL('../', import.meta.url)
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!\.test|\.testing)\.ts$/.test(name))
      .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    const labels = sources.flatMap((text) =>
      [...text.matchAll(/deriveKey\(\w+, '([^']+)'/g)].map(([, label]) => label),
    )
    assert.ok(labels.includes('latchkey refresh tag') && labels.includes('latchkey refresh successor'))
    assert.deepEqual(labels, [...new Set(labels)])
  })
})

describe('what is no refresh token of ours is null', () => {
  const refused: [string, () => string[]][] = [
    ['a made-up token with a known sid', () => [`${sid}.${secretPart}.${'A'.repeat(43)}`, forged()]],
    ['a token of another SECRET', () => [createRefreshTokens(OTHER_SECRET).first(sid)]],
    ['another sid before a good secret and tag', () => [[newId(), secretPart, tagPart].join('.')]],
    ['the secret of one token with the tag of another', () => swapped()],
    ['the first two parts, or the last two', () => [`${sid}.${secretPart}`, `${secretPart}.${tagPart}`]],
    ['another spelling of the last letter of the secret', () => respelt(token.split('.'), 1)],
    ['another spelling of the last letter of the tag', () => respelt(token.split('.'), 2)],
    ['the same in capitals, or turned', () => [token.toUpperCase(), [...token].reverse().join('')]],
    ['more around it', () => [` ${token}`, `${token} `, `${token}\n`, `${token}=`, `${token}.`, `.${token}`]],
    ['two of them', () => [token + token, `${token}.${token}`, `${token},${token}`]],
    ['other alphabets', () => [token.replaceAll('.', '/'), `${sid}.${'+'.repeat(43)}.${tagPart}`]],
    ['letters that are longer than they look', () => [`${sid}.${secretPart}.${'\u{1f511}'.repeat(21)}A`]],
    ['nothing, or hardly anything', () => ['', '.', '..', `${sid}..`, ' ', '\0', 'null', '{}']],
    ['16 KB', () => ['A'.repeat(16_384), `${token}.${'A'.repeat(16_384)}`, '.'.repeat(16_384)]],
  ]
  for (const [what, make] of refused) {
    it(what, () => {
      for (const text of make()) {
        assert.notEqual(text, token)
        assert.equal(tokens.sidOf(text), null, text.slice(0, 200))
      }
    })
  }

  it('a token with any one byte changed in any way', () => {
    for (let at = 0; at < token.length; at++)
      for (let bit = 0; bit < 7; bit++) {
        const bytes = Buffer.from(token)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        assert.equal(tokens.sidOf(bytes.toString('latin1')), null, `byte ${at}, bit ${bit}`)
      }
  })

  it('an access token; and a refresh token is no access token', async (t) => {
    const rig = await openRig()
    t.after(() => rig.close())
    const grant = await rig.signIn(await rig.addUser(), { carrier: 'bearer', remember: true })
    assert.equal(rig.refreshTokens.sidOf(grant.token), null)
    assert.equal(rig.refreshTokens.sidOf(grant.refresh?.token ?? ''), grant.claims.sid)
    assert.match((await rig.sessions.resume(grant.refresh?.token ?? '')).kind, /^(malformed|invalid)$/)
  })
})

/** Tagged as well as one can who knows all but the secret. */
function forged(): string {
  const tag = createHmac('sha256', deriveKey(new Uint8Array(32), 'latchkey refresh tag'))
  return `${sid}.${secretPart}.${tag.update(`${sid}.${secretPart}`).digest('base64url')}`
}

function swapped(): string[] {
  const [, secret = '', tag = ''] = tokens.first(sid).split('.')
  return [`${sid}.${secret}.${tagPart}`, `${sid}.${secretPart}.${tag}`]
}
