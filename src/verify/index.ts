/** `latchkey/verify`: for apps that verify access tokens by themselves. It must run on the Node that they run on, from 20.19. */

export { type LatchkeyEnv, latchkey, type OptionalLatchkeyEnv, type Presented } from './latchkey.ts'
export type { VerifierOptions } from './options.ts'
export type { Outcome, User } from './outcome.ts'
export { createVerifier, type Verifier, type VerifierState } from './verifier.ts'
