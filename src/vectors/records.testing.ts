import type { User } from '../accounts/user.ts'
import { newId } from '../lib/ids.ts'
import type { Session } from '../sessions/session.ts'

/** For tests only: a user and a session as a store keeps them. */

const NOW = 1_800_000_000

export const testUser = (overrides: Partial<User> = {}): User => ({
  id: newId(),
  username: 'User1',
  email: null,
  phone: null,
  name: null,
  role: 'user',
  status: 'active',
  passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA',
  revision: 0,
  createdAt: NOW,
  ...overrides,
})

export const testSession = (overrides: Partial<Session> = {}): Session => ({
  sid: newId(),
  userId: 'user',
  userRevision: 0,
  device: 'Firefox on Linux',
  address: '192.0.2.1',
  startedAt: NOW,
  lastSeenAt: NOW,
  expiresAt: NOW + 300,
  endsAt: NOW + 43_200,
  carrier: 'cookie',
  refresh: null,
  endedAt: null,
  endReason: null,
  ...overrides,
})
