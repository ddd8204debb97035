import { spawnSync } from 'node:child_process'

/** For tests only: a Python that has PyJWT, Debian's first; null when there is none. */
export const findPyJwt = (): string | null =>
  ['/usr/bin/python3', 'python3'].find(
    (path) => spawnSync(path, ['-c', 'import jwt, cryptography; jwt.PyJWK']).status === 0,
  ) ?? null
