import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { manualClock } from './lib/clock.ts'
import { readRedisUrl } from './lib/redis-url.ts'
import { openSite } from './nodes.testing.ts'
import { openRedisLink } from './stores/redis-link.ts'
import { folderWith } from './stores/services/programs.testing.ts'
import { LEFT_OUT, ownServer, testPostgres } from './stores/services.testing.ts'
import { START } from './testing.ts'

/** Where sessions are kept, with a backup that can be taken and put back. */
interface Place {
  settings: { databaseUrl?: string; redisUrl?: string }
  backUp(): Promise<void>
  putBack(): Promise<void>
}
type Site = Awaited<ReturnType<typeof openSite>>
type Node = Awaited<ReturnType<Site['openNode']>>

const postgres = await testPostgres()
const tools = folderWith('pg_dump', 'psql')
const redis = await ownServer('redis')

/** By the tools that an operator has for it. */
async function onPostgres(_: TestContext, { dataDir }: Site): Promise<Place> {
  const url = (await postgres?.fresh()) ?? assert.fail()
  const dump = join(dataDir, 'dump.sql')
  const [, schema = ''] = new URL(url).searchParams.get('options')?.split('=') ?? []
  const run = (program: string, ...args: string[]) =>
    execFileSync(join(tools ?? '', program), args, { stdio: ['ignore', 'ignore', 'pipe'] })
  return {
    settings: { databaseUrl: url },
    async backUp() {
      run('pg_dump', '--clean', '--if-exists', `--schema=${schema}`, `--file=${dump}`, url)
    },
    async putBack() {
      run('psql', '--quiet', '--single-transaction', '--set=ON_ERROR_STOP=1', `--file=${dump}`, url)
    },
  }
}

/** It reads at its start what it has saved last, and saves nothing by itself. */
async function onRedis(t: TestContext): Promise<Place> {
  const url = redis?.url ?? assert.fail()
  const send = async (command: string) => {
    const link = await openRedisLink(readRedisUrl(url) ?? assert.fail())
    await link.send([command])
    await link.close()
  }
  await send('FLUSHALL')
  t.after(() => send('FLUSHALL'))
  return {
    settings: { redisUrl: url },
    backUp: () => send('SAVE'),
    async putBack() {
      await redis?.stop()
      await redis?.start()
    },
  }
}

/** A copy of the database file alone, put back while nobody has it open. */
async function onSqlite(_: TestContext, { dataDir }: Site): Promise<Place> {
  const [file, copy] = [join(dataDir, 'latchkey.db'), join(dataDir, 'copy.db')]
  return {
    settings: {},
    async backUp() {
      rmSync(copy, { force: true })
      const database = new DatabaseSync(file)
      database.exec(`vacuum into '${copy}'`)
      database.close()
    },
    async putBack() {
      for (const besides of ['-wal', '-shm']) rmSync(`${file}${besides}`, { force: true })
      cpSync(copy, file)
    },
  }
}

/** A site with somebody who is signed in, and a backup that does not know yet that somebody else is signed out. */
async function backedUp(t: TestContext, openPlace: (t: TestContext, site: Site) => Promise<Place>) {
  const clock = manualClock(START)
  const site = await openSite(t, clock)
  const place = await openPlace(t, site)
  const open = () => site.openNode(place.settings)
  const one = await open()
  const user = await one.addUser()
  clock.advance(3600)
  const [live, ended] = [
    await one.signIn(user, { remember: true }),
    await one.signIn(user, { remember: true }),
  ]
  const rotated = await one.rotate(ended.refresh?.token ?? '')
  assert.equal(rotated.kind, 'rotated')
  clock.advance(60)
  await place.backUp()
  return { clock, site, place, open, one, user, live, ended }
}
type BackedUp = Awaited<ReturnType<typeof backedUp>>

/** Nobody of before is known on any of these nodes, and everything else is as it was. */
async function assertAllSignedOut(nodes: Node[], { user, live, ended, clock }: BackedUp): Promise<void> {
  for (const node of nodes) {
    for (const grant of [ended, live]) {
      await node.until(grant.token, 401)
      // The refresh token of the one who was signed out is displaced too: no theft is seen in that.
      const outcome = await node.rotate(grant.refresh?.token ?? '')
      assert.ok(outcome.kind === 'over' && outcome.reason !== 'reuse', JSON.stringify(outcome))
    }
  }
  for (const node of nodes) {
    assert.equal(await node.ready(), 200)
    const again = await node.signIn(user, { remember: true })
    for (const other of nodes) assert.equal(await other.status(again.token), 200)
    clock.advance(2)
    for (const other of nodes) assert.equal(await other.status(again.token), 200)
    assert.equal((await node.rotate(again.refresh?.token ?? '')).kind, 'rotated')
  }
  const events = (await nodes[0]?.deps.audit.list({}))?.map(({ event }) => event) ?? []
  assert.ok(events.includes('sign_in.succeeded') && !events.includes('refresh.reuse_detected'))
}

const ENGINES = [
  { name: 'Postgres', open: onPostgres, skip: postgres && tools ? false : LEFT_OUT.postgres },
  { name: 'Redis', open: onRedis, skip: redis ? false : LEFT_OUT.redis },
] as const

for (const { name, open, skip } of ENGINES)
  describe(`an old backup of ${name} that is put back`, { skip }, () => {
    it('under running nodes: every token issued before is refused, everybody signs in again, nothing else breaks', async (t) => {
      const backup = await backedUp(t, open)
      const nodes = [backup.one, await backup.open()]
      await backup.one.end(backup.ended.claims.sid)
      for (const node of nodes) {
        await node.until(backup.ended.token, 401)
        await node.isUpToDate()
        assert.equal(await node.status(backup.live.token), 200)
      }
      const before = backup.one.deps.revocations.epoch()
      await backup.place.putBack()
      // By themselves, before one that starts tells them.
      for (const node of nodes) await node.leavesEpoch(before?.id)
      await assertAllSignedOut([...nodes, await backup.open()], backup)
      assert.equal(nodes[0]?.said('another epoch has begun'), 1)
    })

    it('while no node runs is noticed at the next start: it lacks the mark that was left in it', async (t) => {
      const backup = await backedUp(t, open)
      const { clock, one, place } = backup
      await one.end(backup.ended.claims.sid)
      clock.advance(1800)
      await one.stop()
      await place.putBack()
      const nodes = [await backup.open(), await backup.open()]
      await assertAllSignedOut(nodes, backup)
      assert.deepEqual(
        nodes.map((node) => node.said('was put back to an older state')),
        [1, 0],
      )
    })

    it('as it was when it was stopped changes nothing', async (t) => {
      const backup = await backedUp(t, open)
      await backup.one.stop()
      await backup.place.backUp()
      await backup.place.putBack()
      const node = await backup.open()
      assert.equal(await node.status(backup.live.token), 200)
      assert.equal((await node.rotate(backup.live.refresh?.token ?? '')).kind, 'rotated')
      assert.equal(node.said('put back'), 0)
    })
  })

describe('an old copy of the SQLite file that is put back', () => {
  it('is noticed at the next start: every token issued before is refused, everybody signs in again', async (t) => {
    const backup = await backedUp(t, onSqlite)
    await backup.one.end(backup.ended.claims.sid)
    await backup.one.stop()
    await backup.place.putBack()
    const node = await backup.open()
    await assertAllSignedOut([node], backup)
    assert.equal(node.said('was put back to an older state'), 1)
  })

  it('with all of its folder cannot be noticed, and ending all sessions is the remedy', async (t) => {
    const backup = await backedUp(t, onSqlite)
    const { one, site, place, ended } = backup
    const witness = join(site.dataDir, 'witness')
    cpSync(witness, `${witness}.copy`)
    await one.end(ended.claims.sid)
    await one.stop()
    await place.putBack()
    cpSync(`${witness}.copy`, witness)
    const node = await backup.open()
    assert.equal(await node.status(ended.token), 200)
    await node.deps.endings.everybodys({ address: null })
    await assertAllSignedOut([node], backup)
  })
})
