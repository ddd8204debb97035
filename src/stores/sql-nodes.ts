import type { Kysely, Selectable } from 'kysely'
import type { NodeRecord, NodeStore, SeenNode } from '../nodes/node.ts'
import type { SqlWords } from './sql-words.ts'
import type { Tables } from './tables.ts'

type Row = Selectable<Tables['nodes']>

export function createSqlNodes(db: Kysely<Tables>, { now }: Pick<SqlWords, 'now'>): NodeStore {
  return {
    async put(node) {
      const row = toRow(node)
      await db
        .insertInto('nodes')
        .values({ ...row, stored_at: now })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ ...row, stored_at: now }))
        .execute()
    },

    async list() {
      const rows = await db
        .selectFrom('nodes')
        .selectAll()
        .select(now.as('now'))
        .orderBy('name')
        .orderBy('id')
        .execute()
      return rows.map(toNode)
    },

    async delete(id) {
      await db.deleteFrom('nodes').where('id', '=', id).execute()
    },

    async purge(unseenSeconds) {
      await db
        .deleteFrom('nodes')
        .where((eb) => eb(eb(now, '-', eb.ref('stored_at')), '>', unseenSeconds))
        .execute()
    },
  }
}

const toRow = (node: NodeRecord): Omit<Row, 'stored_at'> => ({
  id: node.id,
  name: node.name,
  version: node.version,
  public_url: node.publicUrl,
  secret_print: node.secretPrint,
  kids: node.kids.join(' '),
  signing_kid: node.signingKid,
  started_at: node.startedAt,
  seen_at: node.seenAt,
})

const toNode = (row: Row & { now: number }): SeenNode => ({
  id: row.id,
  name: row.name,
  version: row.version,
  publicUrl: row.public_url,
  secretPrint: row.secret_print,
  kids: row.kids === '' ? [] : row.kids.split(' '),
  signingKid: row.signing_kid,
  startedAt: row.started_at,
  seenAt: row.seen_at,
  seenAgoSeconds: row.now - row.stored_at,
  aheadSeconds: row.seen_at - row.stored_at,
})
