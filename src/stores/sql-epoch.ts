import type { Kysely } from 'kysely'
import { newSecret } from '../lib/ids.ts'
import { EPOCH_LEAD_SECONDS, MARK_KEPT_SECONDS, type SessionStore } from '../sessions/session-store.ts'
import type { Tables } from './tables.ts'

/** The part of the session store that tells whether it is still the one it was. */
export function createSqlEpoch(
  db: Kysely<Tables>,
): Pick<SessionStore, 'epoch' | 'renewEpoch' | 'mark' | 'hasLost'> {
  const kept = () => db.selectFrom('epoch').select(['id', 'at'])

  async function epoch(now: number) {
    const known = await kept().executeTakeFirst()
    if (known) return known
    // Of a new database no token can be older. One with sessions has lost its epoch.
    const isUsed = await db.selectFrom('sessions').select('sid').limit(1).executeTakeFirst()
    await db
      .insertInto('epoch')
      .values({ only: 1, id: newSecret(), at: isUsed ? now + EPOCH_LEAD_SECONDS : now })
      .onConflict((conflict) => conflict.column('only').doNothing())
      .execute()
    // Not what was just written: of two at once, one had nothing to write.
    return kept().executeTakeFirstOrThrow()
  }

  return {
    epoch,

    async renewEpoch(id, now) {
      await db
        .updateTable('epoch')
        .set({ id: newSecret(), at: now + EPOCH_LEAD_SECONDS })
        .where('id', '=', id)
        .execute()
      return epoch(now)
    },

    async mark({ id, at }, before) {
      const left = await db
        .insertInto('marks')
        .columns(['id', 'at'])
        .expression(
          db
            .selectNoFrom((eb) => [eb.val(id).as('id'), eb.val(at).as('at')])
            .$if(before !== null, (query) =>
              query.where(({ exists, selectFrom }) =>
                exists(
                  selectFrom('marks')
                    .select('id')
                    .where('id', '=', before?.id ?? ''),
                ),
              ),
            ),
        )
        .returning('id')
        .executeTakeFirst()
      if (left)
        await db
          .deleteFrom('marks')
          .where('at', '<', at - MARK_KEPT_SECONDS)
          .execute()
      return left !== undefined
    },

    async hasLost({ id, at }) {
      const oldest = await db.selectFrom('marks').select('at').orderBy('at').limit(1).executeTakeFirst()
      if (oldest && oldest.at > at) return false
      return (await db.selectFrom('marks').select('id').where('id', '=', id).executeTakeFirst()) === undefined
    },
  }
}
