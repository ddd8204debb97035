/** `latchkey/verify`: for apps that verify access tokens by themselves. It must run on the Node that they run on, from 20.19. */

export { type LatchkeyEnv, latchkey, type OptionalLatchkeyEnv } from './latchkey.ts'
export type { VerifierOptions } from './options.ts'
export type { Outcome, Presented, User } from './outcome.ts'
export type { RequestHeaders } from './token-of.ts'
export { createVerifier, type Verifier, type VerifierState } from './verifier.ts'
