import { type Config, readConfig } from '../config.ts'
import { Refusal } from './refusal.ts'

/** The settings of the environment and `.env`, or a Refusal that names all that is wrong with them. */
export function settings({ demo = false } = {}): Config {
  const outcome = readConfig(undefined, { demo })
  if (outcome.ok) return outcome.config
  throw new Refusal(['The settings are not right, so nothing was done:', ...outcome.problems].join('\n  '))
}
