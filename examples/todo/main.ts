import { createVerifier } from 'latchkey/verify'
import { run } from './run.ts'

/** The app checks the access token by itself. Browsers come to it directly. */
run(({ latchkeyUrl }) => createVerifier({ issuer: latchkeyUrl }))
