import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDatabaseUrl } from './database-url.ts'

describe('the URL of a database', () => {
  for (const url of [
    'postgres://latchkey:secret@db.example.org:5432/latchkey',
    'postgresql://latchkey@localhost/latchkey?sslmode=verify-full',
    'postgres://latchkey:p%23a%2Fs%25s@[::1]:5432/latchkey',
    // A socket: its folder stands in the place of the host.
    'postgres://latchkey@%2Fvar%2Frun%2Fpostgresql/latchkey',
  ])
    it(`may be ${url}`, () => assert.ok(isDatabaseUrl(url)))

  for (const url of [
    ...['', 'latchkey', 'db.example.org/latchkey', 'mysql://u:p@h/db', 'http://h/db', 'postgres:latchkey'],
    ...[
      'postgres:///latchkey',
      'postgres://h',
      'postgres://h/',
      'postgres://h:port/db',
      'postgres://h:70000/db',
    ],
    // A password with a character that ends the part it stands in, and one that is not what was written.
    ...['postgres://u:p#s@h/db', 'postgres://u:p/s@h/db', 'postgres://u:p?s@h/db', 'postgres://u:100%@h/db'],
    ...['postgres://u:p@h/db#x', 'postgres://u:p%00@h/db'],
  ])
    it(`is not ${url || 'empty'}`, () => assert.ok(!isDatabaseUrl(url)))
})
