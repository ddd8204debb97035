import { after } from 'node:test'
import { Client } from 'pg'
import { newId } from '../../lib/ids.ts'

// A connection costs more than what is done on it, so there is one for all of this file's tests.
let connected: Promise<Client> | null = null
const schemas: string[] = []

after(async () => {
  const client = await connected
  for (const schema of schemas) await client?.query(`drop schema ${schema} cascade`)
  await client?.end()
})

/** For tests only: the URL of a new schema, which is quicker than a database. All that is said on its connections is about it. */
export async function freshSchema(url: string): Promise<string> {
  connected ??= connect(url)
  const schema = `test_${newId().replaceAll('-', '')}`
  await (await connected).query(`create schema ${schema}`)
  schemas.push(schema)
  const own = new URL(url)
  own.searchParams.set('options', `-csearch_path=${schema}`)
  return own.href
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

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
}
