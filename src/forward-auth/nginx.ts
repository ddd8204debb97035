import { type OriginalRequest, type ReadHeader, toOriginalRequest } from './original-request.ts'

/** nginx `auth_request`, and what asks as it does: two headers that the configuration sets. */
export const readNginx = (header: ReadHeader): OriginalRequest | null =>
  toOriginalRequest(header('x-original-method'), header('x-original-url'))
