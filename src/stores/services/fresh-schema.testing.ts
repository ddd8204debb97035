import { after } from 'node:test'
import { Client } from 'pg'
import { newId } from '../../lib/ids.ts'

// A connection costs more than what is done on it, so there is one for all of this file's tests.
let connected: Promise<Client> | null = null
const schemas: string[] = []
const databases: string[] = []

after(async () => {
  const client = await connected
  for (const schema of schemas) await client?.query(`drop schema ${schema} cascade`)
  for (const database of databases) await client?.query(`drop database ${database} with (force)`)
  await client?.end()
})

/** For tests only: the URL of a new schema, which is quicker than a database. All that is said on its connections is about it. */
export async function freshSchema(url: string): Promise<string> {
  connected ??= connect(url)
  const schema = newName()
  await (await connected).query(`create schema ${schema}`)
  schemas.push(schema)
  const own = new URL(url)
  own.searchParams.set('options', `-csearch_path=${schema}`)
  return own.href
}

/**
 * The URL of a new database, for what is of a whole database, which other test files would otherwise notice or disturb: its
 * language, which is `how`, and its advisory locks.
 */
export async function freshDatabase(url: string, how = ''): Promise<string> {
  connected ??= connect(url)
  const database = newName()
  await (await connected).query(`create database ${database} template template0 ${how}`)
  databases.push(database)
  const own = new URL(url)
  own.pathname = `/${database}`
  return own.href
}

/** The same database, with a setting of its own for each connection. */
export function having(url: string, setting: string): string {
  const own = new URL(url)
  own.searchParams.set('options', `${own.searchParams.get('options')} -c ${setting}`)
  return own.href.replaceAll('+', '%20')
}

/** Empties the tables of such a schema, but for those that say which migrations it has had. */
export async function emptySchema(url: string): Promise<void> {
  const [, schema = ''] = new URL(url).searchParams.get('options')?.split('=') ?? []
  connected ??= connect(url)
  const client = await connected
  const { rows } = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = $1 and tablename not like 'kysely%'",
    [schema],
  )
  await client.query(`truncate ${rows.map(({ name }) => `${schema}.${name}`)}`)
}

/** Does a piece of work on a connection of its own. */
export async function onPostgres<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(url)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const newName = () => `test_${newId().replaceAll('-', '')}`

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
}
