import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { fileValue } from './lib/file-value.ts'
import { isOneOff } from './lib/one-off.ts'
import { NAMES, type Name, SECRETS } from './settings.ts'

export type Environment = Record<string, string | undefined>

const fileSettingOf = (secret: string) => `${secret}_FILE`
const KNOWN: readonly string[] = [...NAMES, ...SECRETS.map(fileSettingOf)]

// What the tutorial mode takes no notice of: it keeps nothing and touches nothing.
const STORES: readonly Name[] = ['DATA_DIR', 'DATABASE_URL', 'REDIS_URL', 'KEYS_DIR', 'SECRET']
const IGNORED_IN_DEMO: readonly string[] = STORES.flatMap((name) => [name, fileSettingOf(name)])

/** What was said of each setting, as text: in the environment, which wins, in `.env`, or in the file of a secret. */
export function readEnvironment(
  environment: Environment,
  { demo, envFile }: { demo: boolean; envFile: string },
): { given: Environment; problems: string[] } {
  const fromFile = demo ? {} : readEnvFile(envFile)
  const problems = [...unknownNames(fromFile, envFile), ...misspeltNames(environment)]
  const said: Environment = { ...fromFile, ...environment }
  const given: Environment = {}
  for (const name of KNOWN) {
    // An empty setting is one that was not made, as in `PORT= npm start`.
    if (said[name] && !(demo && IGNORED_IN_DEMO.includes(name))) given[name] = said[name]
  }
  for (const secret of SECRETS) {
    const fileSetting = fileSettingOf(secret)
    const path = given[fileSetting]
    if (path && given[secret]) problems.push(`${secret} and ${fileSetting} are both set: remove one of them.`)
    else if (path) {
      const file = readSecret(path)
      // An empty one too: a secret that was meant to be there is not one that was left out.
      if ('value' in file) given[secret] = file.value
      // Without the path, which may be the secret itself, set under the wrong name.
      else problems.push(`${fileSetting} names a file that ${file.problem}.`)
    }
  }
  return { given, problems }
}

function readSecret(path: string): { value: string } | { problem: string } {
  try {
    const value = fileValue(readFileSync(path))
    return value === null ? { problem: 'is not text' } : { value }
  } catch (error) {
    return { problem: `cannot be read (${(error as NodeJS.ErrnoException).code})` }
  }
}

function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** `.env` is ours alone, so a name in it that is no setting is a mistake. */
const unknownNames = (fromFile: Environment, path: string): string[] =>
  Object.keys(fromFile)
    .filter((name) => !KNOWN.includes(name))
    .map((name) => {
      const meant = KNOWN.find((setting) => isOneOff(name, setting))
      return `${name} in ${path} is not a setting${meant ? `: did you mean ${meant}?` : '. The README lists them all.'}`
    })

// A short name is one letter off too many names that are not ours (PORT, SORT).
const SHORTEST_GUARDED = 6

/** The environment is everybody's: only a name one letter off one of ours is taken for a mistake. */
const misspeltNames = (environment: Environment): string[] =>
  Object.keys(environment).flatMap((name) =>
    KNOWN.includes(name)
      ? []
      : KNOWN.filter((setting) => setting.length >= SHORTEST_GUARDED && isOneOff(name, setting)).map(
          (setting) => `${name} in the environment is not a setting: did you mean ${setting}?`,
        ),
  )
