import { join } from 'node:path'
import type { Config } from '../config.ts'
import { readSecret, SecretFileRefused } from '../stores/secret-file.ts'
import { type Finding, ok, problem } from './finding.ts'

export type LookedAtSecret = { kind: 'set' | 'kept' | 'absent' } | { kind: 'refused'; why: string }

/** Looks whether there is a secret, in the settings or in DATA_DIR, and makes none. */
export async function lookAtSecret({
  secret,
  dataDir,
}: Pick<Config, 'secret' | 'dataDir'>): Promise<LookedAtSecret> {
  if (secret) return { kind: 'set' }
  try {
    return { kind: (await readSecret(join(dataDir ?? '', 'secret'))) ? 'kept' : 'absent' }
  } catch (error) {
    if (error instanceof SecretFileRefused) return { kind: 'refused', why: error.message }
    throw error
  }
}

/** Whether there is a secret where there must be one. How long it is was looked at where it was read. */
export function judgeSecret(looked: LookedAtSecret, { isShared }: { isShared: boolean }): Finding[] {
  switch (looked.kind) {
    case 'set':
      return [ok('SECRET is set, and long enough.')]
    case 'refused':
      return [problem(looked.why, 'Start is refused until then.')]
    case 'kept':
    case 'absent':
      if (isShared)
        return [
          problem(
            'SECRET is not set, and every node would have another.',
            'Make one with `openssl rand -base64 32`, and set it on every node.',
          ),
        ]
      return [
        ok(
          looked.kind === 'kept'
            ? 'The secret is in DATA_DIR, long enough and closed to others.'
            : 'There is no secret yet: the first start makes one in DATA_DIR.',
        ),
      ]
    default:
      return looked satisfies never
  }
}
