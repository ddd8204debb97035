import { createVerifier } from 'latchkey/verify'
import { run } from './run.ts'

/** A proxy asks Latchkey about each request and says who asks in `Remote-Assertion`. Only this line differs from `main.ts`. */
run(({ latchkeyUrl, publicUrl }) => createVerifier({ issuer: latchkeyUrl, app: publicUrl }))
