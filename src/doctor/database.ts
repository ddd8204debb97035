import type { MigrationsLeft } from '../stores/migrations.ts'
import { networkFileSystem } from './file-systems.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import type { Database, Engine } from './look-at-database.ts'
import { living } from './nodes.ts'

// A sign-in asks it several times.
const SLOW_MILLISECONDS = 100
// Of one node (stores/postgres.ts), and what Postgres keeps back for its administrators by default.
const CONNECTIONS_OF_A_NODE = 10
const KEPT_BACK = 3

/** The users' database: whether it answers and how fast, and whether its tables are those of this version. */
export function judgeDatabase(database: Database): Finding[] {
  switch (database.kind) {
    case 'absent':
      return [
        warning(
          `There is no database at ${database.path} yet.`,
          'The first start makes it; or set DATA_DIR to the folder that the server uses.',
        ),
      ]
    case 'silent':
      return [
        problem(
          `The database does not answer: ${database.why}.`,
          'See that it runs, that this machine may reach it, and that DATABASE_URL or DATA_DIR names it.',
        ),
      ]
    case 'empty':
      return [
        warning(
          `${nameOf(database.engine)} answers, and has no tables of Latchkey yet.`,
          'The first start makes them.',
        ),
        ...judgeEngine(database.engine, 0),
      ]
    case 'there': {
      const { engine, answerMilliseconds, migrations, nodes } = database
      return [
        judgeSpeed(nameOf(engine), answerMilliseconds),
        ...judgeMigrations(migrations),
        ...judgeEngine(engine, living(nodes).length),
      ]
    }
    default:
      return database satisfies never
  }
}

/** How long a store took over the smallest question there is. */
export const judgeSpeed = (name: string, milliseconds: number): Finding =>
  milliseconds > SLOW_MILLISECONDS
    ? warning(
        `${name} answers, and takes ${Math.round(milliseconds)} ms to do so.`,
        `Bring it nearer, or see what it is busy with: up to ${SLOW_MILLISECONDS} ms is well.`,
      )
    : ok(`${name} answers, in ${Math.max(1, Math.round(milliseconds))} ms.`)

const nameOf = (engine: Engine): string =>
  engine.name === 'Postgres' ? `Postgres ${engine.version}` : 'The SQLite database'

function judgeMigrations({ missing, unknown }: MigrationsLeft): Finding[] {
  // Those of a newer version include ours.
  if (unknown.length > 0)
    return [
      problem(
        `The tables are of a newer version of Latchkey (${unknown.join(', ')}), and this one does not start with them.`,
        'Install that version here too, or put back the backup of before.',
      ),
    ]
  if (missing.length > 0)
    return [
      warning(
        `The tables are of an older version of Latchkey: ${missing.join(', ')} is to come.`,
        'The next start brings them up to date. Back up the database before.',
      ),
    ]
  return [ok('The tables are those of this version.')]
}

function judgeEngine(engine: Engine, nodes: number): Finding[] {
  switch (engine.name) {
    case 'SQLite':
      return [...judgeFileSystem(engine.fileSystem), ...judgeJournal(engine.isWal)]
    case 'Postgres':
      return [...judgeWriting(engine.isReadOnly), ...judgeConnections(engine.mostConnections, nodes)]
    default:
      return engine satisfies never
  }
}

function judgeFileSystem(type: number): Finding[] {
  const name = networkFileSystem(type)
  return name === null
    ? []
    : [
        problem(
          `The SQLite database is on a network file system (${name}), where it can be damaged.`,
          'Put DATA_DIR on a disk of this machine. For several machines set DATABASE_URL.',
        ),
      ]
}

const judgeJournal = (isWal: boolean): Finding[] =>
  isWal
    ? []
    : [
        warning(
          'The SQLite database is not in WAL mode, so readers and writers wait for each other.',
          'The next start sets it. If it does not stay, the file system cannot do it: use another.',
        ),
      ]

const judgeWriting = (isReadOnly: boolean): Finding[] =>
  isReadOnly
    ? [
        problem(
          'Postgres takes no changes, so nobody can sign in or out.',
          'Let DATABASE_URL name the primary and not a standby, and see that default_transaction_read_only is off.',
        ),
      ]
    : []

function judgeConnections(most: number, nodes: number): Finding[] {
  const needed = nodes * CONNECTIONS_OF_A_NODE + KEPT_BACK
  return needed <= most
    ? []
    : [
        warning(
          `Postgres takes ${most} connections, and ${nodes} nodes may need ${needed}.`,
          `Raise max_connections to ${needed} or more.`,
        ),
      ]
}
