import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { AuditEvent } from '../audit/event.ts'
import { forgingKey } from '../vectors/forge.testing.ts'
import { FROM, openRig, type Rig, type RigOptions } from '../vectors/rig.testing.ts'
import type { Grant } from './grant.ts'
import type { RotateOutcome } from './rotate.ts'
import type { Session } from './session.ts'

/** For tests only: a user with a session that has a refresh token, and whoever holds one. */

const keys = [await forgingKey()]

/** A pair as its holder knows it. */
export const pairOf = ({ claims, token, refresh }: Grant) => ({
  sid: claims.sid,
  access: token,
  refresh: refresh?.token ?? assert.fail('there is no refresh token'),
})

export function grantOf(outcome: RotateOutcome): Grant {
  assert.ok(outcome.kind === 'rotated', JSON.stringify(outcome))
  return outcome.grant
}

export interface PairOptions extends RigOptions {
  carrier?: Session['carrier']
}

export async function openPair(t: TestContext, { carrier = 'bearer', ...options }: PairOptions = {}) {
  const rig = await openRig({ keys, ...options })
  t.after(() => rig.close().catch(() => {}))
  const user = await rig.addUser()
  const begin = async () => pairOf(await rig.signIn(user, { carrier, remember: true }))
  const { sid, access, refresh: r0 } = await begin()
  return { rig, user, carrier, begin, sid, access, r0, ...handling(rig, carrier) }
}

/** What can be done with a pair, and asked about it. */
export function handling(rig: Rig, carrier: Session['carrier'] = 'bearer') {
  const show = (token: string) => rig.rotate(token, carrier, FROM)
  return {
    show,
    /** The refresh token that is given for `token`. */
    trade: async (token: string) => pairOf(grantOf(await show(token))).refresh,
    sessionOf: async (sid: string) => (await rig.stores.sessions.find(sid)) ?? assert.fail('no session'),
    worth: async (access: string) => (await rig.sessions.resume(access)).kind,
    /** How often the audit log tells of it. */
    told: async (event: AuditEvent) =>
      (await rig.audit.list({})).filter((entry) => entry.event === event).length,
  }
}
