import { returnTo } from '../lib/return-to.ts'
import type { OriginalRequest } from './original-request.ts'

/** Where somebody signs in who then comes back to what was asked for, which must be of an origin that the sign-in page takes. */
export function signInAddress(
  { origin, target }: Pick<OriginalRequest, 'origin' | 'target'>,
  { publicUrl, returnTo: elsewhere }: { publicUrl: string; returnTo: readonly string[] },
  notice: string | null,
): string {
  const place = origin === publicUrl ? '' : origin
  // In a query browsers send a backslash as it is, and the sign-in page takes none.
  const next = returnTo(place + target.replaceAll('\\', '%5C'), publicUrl, elsewhere)
  const why = notice ? `&notice=${notice}` : ''
  // What it does not take, for it is too long, leads to the front page of the same app.
  return `${publicUrl}/signin?next=${encodeURIComponent(next ?? `${place}/`)}${why}`
}
