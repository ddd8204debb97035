import { startCaddy } from './caddy-forward-auth.testing.ts'
import { findProxy, skipWithout } from './find-proxy.testing.ts'
import { frontRows } from './forward-auth-front.testing.ts'
import { forwardAuthTable } from './forward-auth-table.testing.ts'

const binary = findProxy('caddy')
const skip = skipWithout('caddy', binary)

forwardAuthTable('Caddy', binary === null ? null : startCaddy(binary), skip)
frontRows('Caddy', binary === null ? null : (besides) => startCaddy(binary, besides), skip)
