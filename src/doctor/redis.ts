import { whyNotFit } from '../stores/redis-fitness.ts'
import { judgeSpeed } from './database.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import type { Redis } from './look-at-redis.ts'

const NEARLY_FULL = 0.9

/** The Redis of the sessions: whether it answers, can be trusted with them, and still has them after a restart. */
export function judgeRedis(redis: Redis): Finding[] {
  if (redis.kind === 'silent')
    return [
      problem(
        `Redis does not answer: ${redis.why}.`,
        'See that it runs, that this machine may reach it, and that REDIS_URL names it.',
      ),
    ]
  const info = new Map(redis.info.split(/\r?\n/).map((line) => line.split(':', 2) as [string, string]))
  const says = (name: string) => info.get(name) ?? ''
  const version = says('redis_version')
  return [
    judgeSpeed(`Redis ${version}`, redis.answerMilliseconds),
    ...judgeFitness(redis.info),
    ...judgePersistence(says, redis.save),
    ...judgeMemory(Number(says('used_memory')), Number(says('maxmemory'))),
    ok(redis.hasEpoch ? 'Redis has an epoch.' : 'Redis has no epoch yet: the first start makes one.'),
  ]
}

function judgeFitness(info: string): Finding[] {
  const why = whyNotFit(info)
  return why === null
    ? [ok('Redis throws away nothing when its memory is full (noeviction).')]
    : [problem(`The Redis of REDIS_URL ${why}.`, 'Start is refused until then.')]
}

function judgePersistence(says: (name: string) => string, save: string | null): Finding[] {
  const [snapshot, log] = [says('rdb_last_bgsave_status'), says('aof_last_write_status')]
  if (snapshot === 'err' || log === 'err')
    return [
      problem(
        'Redis could not write itself to its disk the last time, and may refuse every write.',
        'Look at its log and at the room on its disk.',
      ),
    ]
  if (says('aof_enabled') === '1') return [ok('Redis writes every change to its disk (appendonly).')]
  if (save === null)
    return [
      warning(
        'Redis does not tell whether it writes itself to a disk, and its append-only file is off.',
        'See that it does, where it is administered: else everybody signs in again after it was restarted.',
      ),
    ]
  if (save === '')
    return [
      warning(
        'Redis writes nothing to a disk: after it was restarted everybody signs in again.',
        'Set appendonly to yes.',
      ),
    ]
  return [
    warning(
      'Redis writes itself to its disk now and then (save): what is newer is lost with it, and then everybody signs in again.',
      'Set appendonly to yes.',
    ),
  ]
}

const judgeMemory = (used: number, most: number): Finding[] =>
  most > 0 && used / most >= NEARLY_FULL
    ? [
        warning(
          `Redis uses ${Math.floor((100 * used) / most)} % of the memory that it may use, and refuses to sign anybody in when that is full.`,
          'Raise maxmemory.',
        ),
      ]
    : []
