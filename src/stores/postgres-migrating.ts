import { type Kysely, type MigrationLockOptions, PostgresAdapter, PostgresDialect } from 'kysely'

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
