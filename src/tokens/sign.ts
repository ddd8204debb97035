import { signing } from 'hono/utils/jwt/jws'
import type { SigningKey } from './signing-key.ts'
import { signingInput, type TokenKind } from './token-format.ts'

/** A JWT of this kind with these claims, by one key (RFC 7519 7.1). */
export async function sign(
  { kid, alg, signKey }: Pick<SigningKey, 'kid' | 'alg' | 'signKey'>,
  typ: TokenKind,
  claims: object,
): Promise<string> {
  const input = signingInput({ alg, typ, kid }, claims)
  // Not hono/jwt's `sign`, which writes the kid of a JWK only and imports that anew for each token.
  const signature = await signing(signKey, alg, Buffer.from(input))
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}
