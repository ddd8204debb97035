/** Whether If-None-Match names the tag that a document has now, so that 304 will do (RFC 9110 13.1.2, the weak comparison). */
export function isKnownTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  // A tag of somebody else may hold a comma; its halves are no tag of ours.
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim())
  return tags.some((tag) => tag === '*' || tag === etag || tag === `W/${etag}`)
}
