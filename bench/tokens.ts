import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import { systemClock } from '../src/lib/clock.ts'
import { newId } from '../src/lib/ids.ts'
import { ALGORITHMS, type Algorithm } from '../src/tokens/algorithms.ts'
import { createIssuer } from '../src/tokens/issue.ts'
import { createKeyRing } from '../src/tokens/key-ring.ts'
import { generateKeyText, readHmacKey, readSigningKey } from '../src/tokens/signing-key.ts'
import { createTokenVerifier } from '../src/tokens/verify.ts'
import { median, row } from './report.ts'

// Issuing and verifying access tokens with each algorithm, beside node:crypto alone over the very same bytes.
// docs/performance.md says what is measured and how.

const ROUNDS = 7
const TOKENS: Record<Algorithm, number> = { ES256: 2000, EdDSA: 2000, RS256: 300, PS256: 300, HS256: 5000 }
const ORIGIN = 'https://auth.example.org'
const policy = { issuer: ORIGIN, audiences: [ORIGIN], longestTokenLifeSeconds: 900 }

interface Bare {
  sign(data: Buffer): Buffer
  verify(data: Buffer, signature: Buffer): boolean
}

/** The signature alone, by a key that is read once, on the thread that asks. */
function bareOf(alg: Algorithm, text: string): Bare {
  if (alg === 'HS256') {
    const secret = Buffer.from(text, 'base64url')
    const mac = (data: Buffer) => createHmac('sha256', secret).update(data).digest()
    return { sign: mac, verify: (data, signature) => timingSafeEqual(mac(data), signature) }
  }
  const options = {
    ES256: { dsaEncoding: 'ieee-p1363' },
    PS256: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
    EdDSA: {},
    RS256: {},
  }[alg] as object
  const [key, publicKey] = [createPrivateKey(text), createPublicKey(text)]
  const hash = alg === 'EdDSA' ? null : 'sha256'
  return {
    sign: (data) => sign(hash, data, { key, ...options }),
    verify: (data, signature) => verify(hash, data, { key: publicKey, ...options }, signature),
  }
}

interface Measured {
  perSecond: number
  cpuMicroseconds: number
}

async function measure(times: number, work: (n: number) => unknown): Promise<Measured> {
  const [before, startedAt] = [process.cpuUsage(), performance.now()]
  for (let n = 0; n < times; n++) await work(n)
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(before)
  return { perSecond: times / seconds, cpuMicroseconds: (user + system) / times }
}

async function bench(alg: Algorithm): Promise<string[]> {
  const text = await generateKeyText(alg)
  const key =
    alg === 'HS256'
      ? readHmacKey(newId(), text)
      : readSigningKey(newId(), text, alg === 'PS256' ? 'PS256' : 'RS256')
  const ring = createKeyRing([key], { leadSeconds: 0, clock: systemClock })
  const issue = createIssuer({ ring, policy, extraClaims: [], clock: systemClock })
  const bare = bareOf(alg, text)
  const times = TOKENS[alg]
  const issueOne = async () => {
    const now = systemClock.now()
    const about = { sub: newId(), sid: newId(), auth_time: now, exp: now + 300 }
    return (await issue({ ...about, username: 'user1', role: 'user', name: null, email: null })).token
  }

  const rounds: Record<'issue' | 'sign' | 'verify' | 'check', Measured>[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const tokens: string[] = []
    const issuing = await measure(times, async () => tokens.push(await issueOne()))
    const parts = tokens.map((token) => {
      const dot = token.lastIndexOf('.')
      return {
        data: Buffer.from(token.slice(0, dot)),
        signature: Buffer.from(token.slice(dot + 1), 'base64url'),
      }
    })
    const part = (n: number) => parts[n] ?? { data: Buffer.alloc(0), signature: Buffer.alloc(0) }
    const signing = await measure(times, (n) => bare.sign(part(n).data))
    // Each token is shown once: none is remembered.
    const verifier = createTokenVerifier({ ring, policy, clock: systemClock })
    const verifying = await measure(times, async (n) => {
      if ((await verifier.verify(tokens[n] ?? '')).kind !== 'valid')
        throw new Error('a good token was refused')
    })
    const checking = await measure(times, (n) => {
      if (!bare.verify(part(n).data, part(n).signature)) throw new Error('a good signature was refused')
    })
    // The first is not counted.
    if (round > 0) rounds.push({ issue: issuing, sign: signing, verify: verifying, check: checking })
  }
  const cell = (what: keyof (typeof rounds)[number], figure: keyof Measured) =>
    median(rounds.map((r) => r[what][figure])).toFixed(0)
  const ratio = (ours: keyof (typeof rounds)[number], theirs: keyof (typeof rounds)[number]) =>
    median(rounds.map((r) => r[ours].cpuMicroseconds / r[theirs].cpuMicroseconds)).toFixed(2)
  const line = (title: string, ours: 'issue' | 'verify', theirs: 'sign' | 'check') =>
    row(
      `${alg} ${title}`,
      ...[cell(theirs, 'perSecond'), cell(ours, 'perSecond')],
      ...[cell(theirs, 'cpuMicroseconds'), cell(ours, 'cpuMicroseconds'), ratio(ours, theirs)],
    )
  return [line('issue', 'issue', 'sign'), line('verify', 'verify', 'check')]
}

process.stdout.write(
  `\nTokens: ${ROUNDS} rounds each, one after the other, beside node:crypto alone. Medians.\n\n${row('', 'bare /s', 'ours /s', 'bare us', 'ours us', 'CPU ratio')}`,
)
for (const alg of ALGORITHMS) process.stdout.write((await bench(alg)).join(''))
