import type { Config } from '../../config.ts'
import { type Finding, ok, problem } from '../finding.ts'
import { TRUST } from './trouble.ts'

export type SettingsAtHand = Pick<Config, 'cookieDomain' | 'trustedProxies'>

/** Whether any proxy may ask. Which one does cannot be seen from here. */
export const judgeTrust = ({ trustedProxies }: SettingsAtHand): Finding[] =>
  trustedProxies.rules.length > 0
    ? [ok('TRUSTED_PROXIES names proxies that may ask.')]
    : [problem('TRUSTED_PROXIES is empty, so no proxy may ask.', TRUST)]
