import {
  type Kysely,
  type MigrationLockOptions,
  PostgresAdapter,
  PostgresDialect,
  PostgresIntrospector,
  sql,
  type TableMetadata,
} from 'kysely'

const QUIET_MILLISECONDS = 3000

/** Postgres for whoever migrates it. `onWaiting` is told once when another node has been at it for 3 seconds. */
export class MigratingPostgresDialect extends PostgresDialect {
  readonly #onWaiting: () => void

  constructor(config: ConstructorParameters<typeof PostgresDialect>[0], onWaiting: () => void) {
    super(config)
    this.#onWaiting = onWaiting
  }

  override createAdapter(): PostgresAdapter {
    return new TellingAdapter(this.#onWaiting)
  }

  // biome-ignore lint/suspicious/noExplicitAny: as Kysely has it
  override createIntrospector(db: Kysely<any>): PostgresIntrospector {
    return new NamesIntrospector(db)
  }
}

/**
 * Says which tables there are, which is all that migrating asks. Kysely's own looks at every column of the whole database,
 * and fails when another program, or another node, drops one of its own in that moment.
 */
class NamesIntrospector extends PostgresIntrospector {
  // biome-ignore lint/suspicious/noExplicitAny: as Kysely has it
  readonly #db: Kysely<any>

  // biome-ignore lint/suspicious/noExplicitAny: as Kysely has it
  constructor(db: Kysely<any>) {
    super(db)
    this.#db = db
  }

  override async getTables(): Promise<TableMetadata[]> {
    const tables = sql<{
      schema: string
      name: string
    }>`select schemaname as schema, tablename as name from pg_tables`
    const { rows } = await tables.execute(this.#db)
    return rows.map((table) => ({ ...table, isView: false, columns: [] }))
  }
}

class TellingAdapter extends PostgresAdapter {
  readonly #onWaiting: () => void

  constructor(onWaiting: () => void) {
    super()
    this.#onWaiting = onWaiting
  }

  // biome-ignore lint/suspicious/noExplicitAny: as Kysely has it
  override async acquireMigrationLock(db: Kysely<any>, options: MigrationLockOptions): Promise<void> {
    const timer = setTimeout(this.#onWaiting, QUIET_MILLISECONDS)
    try {
      await super.acquireMigrationLock(db, options)
    } finally {
      clearTimeout(timer)
    }
  }
}
