import assert from 'node:assert/strict'
import { NAMES, SECRETS } from '../src/settings.ts'

/** For tests only: fails when one of these names is no setting. Secrets are given as files. */
export function assertSettings(names: string[]): void {
  assert.ok(names.length > 0)
  const known: string[] = [
    ...NAMES.filter((name) => !isSecret(name)),
    ...SECRETS.map((name) => `${name}_FILE`),
  ]
  for (const name of names) assert.ok(known.includes(name), `${name} is no setting, or a secret in the open`)
}

const isSecret = (name: string) => (SECRETS as readonly string[]).includes(name)
