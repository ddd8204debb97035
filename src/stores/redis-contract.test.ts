import { describe } from 'node:test'
import { EPOCH_LEAD_SECONDS } from '../sessions/session-store.ts'
import { sessionStoreContract } from './contracts/session-store.ts'
import { openRedis } from './redis.ts'
import { LEFT_OUT, testRedis } from './services.testing.ts'

const redis = await testRedis()
if (redis) {
  const open = async () =>
    openRedis(await redis.fresh(), { auditKeepSeconds: 86_400, longestTokenLifeSeconds: 900 })
  sessionStoreContract('Redis', open, { epochLeadSeconds: EPOCH_LEAD_SECONDS, mayLose: true })
} else describe('the sessions in Redis', { skip: LEFT_OUT.redis })
