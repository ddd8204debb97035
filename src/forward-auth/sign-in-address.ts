import { returnTo } from '../lib/return-to.ts'

/** Where somebody signs in who then comes back to `url`, which must be of an origin that the sign-in page takes. */
export function signInAddress(
  url: URL,
  { publicUrl, returnTo: elsewhere }: { publicUrl: string; returnTo: readonly string[] },
  notice: string | null,
): string {
  // In a query browsers send a backslash as it is, and the sign-in page takes none.
  const address = url.href.replaceAll('\\', '%5C')
  const next = url.origin === publicUrl ? address.slice(publicUrl.length) : address
  // What it does not take, for it is too long, must not lead to another app: to the front page of this one.
  const taken = returnTo(next, publicUrl, elsewhere) ?? (url.origin === publicUrl ? '/' : `${url.origin}/`)
  const why = notice ? `&notice=${notice}` : ''
  return `${publicUrl}/signin?next=${encodeURIComponent(taken)}${why}`
}
