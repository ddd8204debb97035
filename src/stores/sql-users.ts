import type { Kysely, Selectable } from 'kysely'
import { type User, usernameKey } from '../accounts/user.ts'
import type { UserStore } from '../accounts/user-store.ts'
import { inTransaction } from './sql-transaction.ts'
import type { Tables } from './tables.ts'

export function createSqlUsers(db: Kysely<Tables>): UserStore {
  return {
    async any() {
      return (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined
    },

    async list() {
      return (await db.selectFrom('users').selectAll().orderBy('username_key').execute()).map(toUser)
    },

    async find(id) {
      const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? toUser(row) : null
    },

    async findByKey(key) {
      const row = await db.selectFrom('users').selectAll().where('username_key', '=', key).executeTakeFirst()
      return row ? toUser(row) : null
    },

    insert: (user) =>
      inTransaction(db, async (transaction) => {
        const inserted = await transaction
          .insertInto('users')
          .values(toRow(user))
          .onConflict((conflict) => conflict.column('username_key').doNothing())
          .returning('id')
          .executeTakeFirst()
        // There is an account now, so no code makes a first one, whatever becomes of this one.
        if (inserted) await transaction.deleteFrom('setup_code').execute()
        return inserted !== undefined
      }),

    insertFirst: (user, codeHash) =>
      inTransaction(db, async (transaction) => {
        // The code is taken first: of two at once, the second finds none.
        const taken = await transaction
          .deleteFrom('setup_code')
          .where('hash', '=', codeHash)
          .where(({ not, exists, selectFrom }) => not(exists(selectFrom('users').select('id'))))
          .returning('only')
          .executeTakeFirst()
        if (taken) await transaction.insertInto('users').values(toRow(user)).execute()
        return taken !== undefined
      }),

    async update(id, { passwordHash, ...change }, { raiseRevision = false, ifRevision } = {}) {
      const row = await db
        .updateTable('users')
        .set((eb) => ({
          ...change,
          ...(passwordHash !== undefined && { password_hash: passwordHash }),
          revision: eb('revision', '+', raiseRevision ? 1 : 0),
        }))
        .where('id', '=', id)
        .$if(ifRevision !== undefined, (query) => query.where('revision', '=', ifRevision as number))
        .returningAll()
        .executeTakeFirst()
      return row ? toUser(row) : null
    },

    async replaceHash(id, oldHash, newHash) {
      await db
        .updateTable('users')
        .set({ password_hash: newHash })
        .where('id', '=', id)
        .where('password_hash', '=', oldHash)
        .execute()
    },

    async delete(id) {
      const deleted = await db.deleteFrom('users').where('id', '=', id).returning('id').executeTakeFirst()
      return deleted !== undefined
    },

    async setSetupCode(codeHash) {
      await db
        .insertInto('setup_code')
        .values({ only: 1, hash: codeHash })
        .onConflict((conflict) => conflict.column('only').doUpdateSet({ hash: codeHash }))
        .execute()
    },

    async isSetupCode(codeHash) {
      const row = await db
        .selectFrom('setup_code')
        .select('only')
        .where('hash', '=', codeHash)
        .executeTakeFirst()
      return row !== undefined
    },
  }
}

const toRow = ({ passwordHash, createdAt, ...user }: User): Tables['users'] => ({
  ...user,
  username_key: usernameKey(user.username),
  password_hash: passwordHash,
  created_at: createdAt,
})

const toUser = ({ username_key, password_hash, created_at, ...row }: Selectable<Tables['users']>): User => ({
  ...row,
  passwordHash: password_hash,
  createdAt: created_at,
})
