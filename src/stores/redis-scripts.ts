import { createHash } from 'node:crypto'
import { isReply } from './redis-client.ts'
import { KEYS } from './redis-keys.ts'
import type { RedisLink } from './redis-link.ts'

/** A change that must happen once, in Lua: Redis does nothing else meanwhile, so what is read is still so when it is written. */
export interface Script {
  lua: string
  sha: string
}

const script = (lua: string): Script => ({ lua, sha: createHash('sha1').update(lua).digest('hex') })

/**
 * Runs a script by its name, and hands it over when Redis does not have it: a new one, or one that was restarted. Throws as
 * `send` does.
 */
export async function run(
  link: RedisLink,
  { sha, lua }: Script,
  ...args: (string | number)[]
): Promise<unknown> {
  const rest = ['0', ...args.map(String)]
  try {
    return await link.send(['EVALSHA', sha, ...rest])
  } catch (error) {
    // Nothing of it was done then.
    if (!isReply(error) || !error.message.startsWith('NOSCRIPT')) throw error
    return link.send(['EVAL', lua, ...rest])
  }
}

/** Of a session that is live: its idle end moves, never back, and it was seen. How long it is kept follows from that. */
const MOVE_END = `
local function move_end(key, sid, expires_at, now, kept)
  local is = redis.call('HMGET', key, 'userId', 'startedAt', 'expiresAt', 'endsAt')
  local last = math.max(tonumber(is[3]), tonumber(expires_at))
  redis.call('HSET', key, 'expiresAt', last, 'lastSeenAt', now)
  redis.call('EXPIRE', key, last - now + kept)
  local entry = is[2] .. '.' .. sid .. '.' .. is[1]
  redis.call('ZADD', '${KEYS.sessions}', last, entry)
  redis.call('ZADD', '${KEYS.live}', math.min(last, tonumber(is[4])), entry)
  redis.call('ZADD', '${KEYS.open}' .. is[1], last, entry)
end
`

/** Writes into the log, which forgets by Redis's own time: that is what its ids are made of. */
const LOG = `
local function log(sid, reason, now, kept)
  local forgotten = (redis.call('TIME')[1] - kept) * 1000
  redis.call('XADD', '${KEYS.revocations}', 'MINID', '~', forgotten, '*', 'sid', sid, 'reason', reason, 'at', now)
end
`

const IS_LIVE = `
local function is_live(key, now)
  local is = redis.call('HMGET', key, 'endedAt', 'expiresAt', 'endsAt')
  return not is[1] and is[2] and tonumber(is[2]) > tonumber(now) and tonumber(is[3]) > tonumber(now)
end
`

export const INSERT = script(`
local sid, user, started_at, expires_at, ends_at, kept = unpack(ARGV, 1, 6)
local key = '${KEYS.session}' .. sid
if redis.call('EXISTS', key) == 1 then return 0 end
redis.call('HSET', key, unpack(ARGV, 7))
redis.call('EXPIRE', key, kept)
local entry = started_at .. '.' .. sid .. '.' .. user
redis.call('ZADD', '${KEYS.sessions}', expires_at, entry)
redis.call('ZADD', '${KEYS.live}', math.min(tonumber(expires_at), tonumber(ends_at)), entry)
redis.call('ZADD', '${KEYS.open}' .. user, expires_at, entry)
redis.call('ZADD', '${KEYS.begun}' .. user, 0, entry)
return 1
`)

export const EXTEND = script(`${IS_LIVE}${MOVE_END}
local sid, expires_at, now, kept = unpack(ARGV)
local key = '${KEYS.session}' .. sid
if not is_live(key, now) then return false end
move_end(key, sid, expires_at, now, kept)
return redis.call('HGETALL', key)
`)

export const ROTATE = script(`${IS_LIVE}${MOVE_END}
local sid, rotation, current, previous, expires_at, now, kept = unpack(ARGV)
local key = '${KEYS.session}' .. sid
if not is_live(key, now) or redis.call('HGET', key, 'rotation') ~= rotation then return false end
redis.call('HSET', key, 'rotation', rotation + 1, 'currentHash', current, 'rotatedAt', now)
if previous == '' then redis.call('HDEL', key, 'previousHash') else redis.call('HSET', key, 'previousHash', previous) end
move_end(key, sid, expires_at, now, kept)
return redis.call('HGETALL', key)
`)

export const TOUCH = script(`${IS_LIVE}
local sid, now, unless_since = unpack(ARGV)
local key = '${KEYS.session}' .. sid
if not is_live(key, now) then return 0 end
if tonumber(redis.call('HGET', key, 'lastSeenAt')) > tonumber(unless_since) then return 0 end
redis.call('HSET', key, 'lastSeenAt', now)
return 1
`)

/**
 * Ends those of the named sessions that were not ended. That it has ended and its entry in the log are one: nobody ever sees
 * one without the other.
 */
export const END = script(`${LOG}
local reason, now, kept, log_kept = unpack(ARGV, 1, 4)
local ended = {}
for i = 5, #ARGV do
  local sid = ARGV[i]
  local key = '${KEYS.session}' .. sid
  local is = redis.call('HMGET', key, 'userId', 'startedAt', 'expiresAt', 'endedAt')
  local user, started_at, expires_at, ended_at = unpack(is)
  if user and not ended_at then
    local over = math.max(tonumber(expires_at), tonumber(now))
    local entry = started_at .. '.' .. sid .. '.' .. user
    redis.call('HSET', key, 'endedAt', now, 'endReason', reason)
    redis.call('EXPIRE', key, over - now + kept)
    redis.call('ZADD', '${KEYS.sessions}', over, entry)
    redis.call('ZREM', '${KEYS.live}', entry)
    redis.call('ZREM', '${KEYS.open}' .. user, entry)
    redis.call('ZREM', '${KEYS.begun}' .. user, entry)
    redis.call('ZADD', '${KEYS.ended}' .. user, now, entry)
    log(sid, reason, now, log_kept)
    for _, said in ipairs({ sid, user, expires_at }) do ended[#ended + 1] = said end
  end
end
return ended
`)

/**
 * Logs the end of a session that is not there, once: a token of it may live all the same, for Redis can lose its last second.
 */
export const END_LOST = script(`${LOG}
local sid, reason, now, log_kept = unpack(ARGV)
if redis.call('EXISTS', '${KEYS.session}' .. sid) == 1 then return 0 end
if not redis.call('SET', '${KEYS.lost}' .. sid, 1, 'NX', 'EX', log_kept) then return 0 end
log(sid, reason, now, log_kept)
return 1
`)

/** Forgets a slice of what was over before an instant. How much it was: less than a slice, and there is no more. */
export const PURGE = script(`
local before, slice = ARGV[1], ARGV[2]
local gone = 0
for _, entry in ipairs(redis.call('ZRANGE', '${KEYS.sessions}', '-inf', '(' .. before, 'BYSCORE', 'LIMIT', 0, slice)) do
  local sid, user = entry:match('^%d+%.([^.]*)%.(.*)$')
  redis.call('DEL', '${KEYS.session}' .. sid)
  redis.call('ZREM', '${KEYS.live}', entry)
  redis.call('ZREM', '${KEYS.open}' .. user, entry)
  redis.call('ZREM', '${KEYS.begun}' .. user, entry)
  redis.call('ZREM', '${KEYS.ended}' .. user, entry)
  redis.call('ZREM', '${KEYS.sessions}', entry)
  gone = gone + 1
end
for _, logged in ipairs(redis.call('XRANGE', '${KEYS.revocations}', '-', '+', 'COUNT', slice)) do
  if tonumber(logged[2][6]) >= tonumber(before) then break end
  redis.call('XDEL', '${KEYS.revocations}', logged[1])
  gone = gone + 1
end
return gone
`)

/**
 * The epoch, for somebody who has read the log of one up to a place. A log that no longer has that place was put back to an
 * older state, and ends may be lost: that is another epoch.
 */
export const LOOK = script(`
local id, place, new, kept = unpack(ARGV)
local log = '${KEYS.revocations}'

local function is_earlier(a, b)
  local a_time, a_seq = a:match('(%d+)-(%d+)')
  local b_time, b_seq = b:match('(%d+)-(%d+)')
  a_time, a_seq, b_time, b_seq = tonumber(a_time), tonumber(a_seq), tonumber(b_time), tonumber(b_seq)
  return a_time < b_time or (a_time == b_time and a_seq < b_seq)
end

local function has_lost()
  if place == '0-0' then return false end
  if redis.call('EXISTS', log) == 0 then return true end
  if #redis.call('XRANGE', log, place, place) == 1 then return false end
  -- What is so young was trimmed by nobody.
  if tonumber(place:match('%d+')) > (tonumber(redis.call('TIME')[1]) - kept) * 1000 then return true end
  local about = redis.call('XINFO', 'STREAM', log)
  for i = 1, #about, 2 do
    if about[i] == 'last-generated-id' and is_earlier(about[i + 1], place) then return true end
  end
  return false
end

local epoch = redis.call('GET', '${KEYS.epoch}')
if epoch and not (epoch:sub(1, #id + 1) == id .. ' ' and has_lost()) then return epoch end
redis.call('SET', '${KEYS.epoch}', new)
return new
`)

export const RENEW_EPOCH = script(`
local id, new = unpack(ARGV)
local epoch = redis.call('GET', '${KEYS.epoch}')
if epoch and epoch:sub(1, #id + 1) ~= id .. ' ' then return epoch end
redis.call('SET', '${KEYS.epoch}', new)
return new
`)

export const MARK = script(`
local id, at, before, forgotten = unpack(ARGV)
if before ~= '' and not redis.call('ZSCORE', '${KEYS.marks}', before) then return 0 end
redis.call('ZADD', '${KEYS.marks}', at, id)
redis.call('ZREMRANGEBYSCORE', '${KEYS.marks}', '-inf', '(' .. forgotten)
return 1
`)

export const HAS_LOST = script(`
local id, at = unpack(ARGV)
if redis.call('ZSCORE', '${KEYS.marks}', id) then return 0 end
local oldest = redis.call('ZRANGE', '${KEYS.marks}', 0, 0, 'WITHSCORES')[2]
if oldest and tonumber(oldest) > tonumber(at) then return 0 end
return 1
`)
