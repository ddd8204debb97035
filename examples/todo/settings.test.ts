import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Environment, readSettings } from './settings.ts'

const VONAGE = {
  VONAGE_API_KEY: 'a1b2c3d4',
  VONAGE_API_SECRET: 'a1b2c3d4e5f6g7h8',
  VONAGE_FROM: 'Latchkey',
  VONAGE_TO: '+447700900000',
}

function settings(environment: Environment) {
  const read = readSettings(environment)
  assert.equal(read.kind, 'settings')
  return read.settings
}

function problems(environment: Environment): string[] {
  const read = readSettings(environment)
  assert.equal(read.kind, 'bad')
  return read.problems
}

describe('the settings', () => {
  it('has a default for each, and tells nobody', () =>
    assert.deepEqual(settings({}), {
      ...{ port: 3000, host: '127.0.0.1', publicUrl: 'http://localhost:3000' },
      ...{ latchkeyUrl: 'http://localhost:8000', database: 'todo-data/todo.db', vonage: null },
    }))

  it('takes an empty one for one that was not made', () =>
    assert.deepEqual(settings({ PORT: '', VONAGE_TO: '', TODO_DATABASE: '' }), settings({})))

  it('reads them all', () => {
    const read = settings({
      ...{ PORT: '3001', HOST: '0.0.0.0', TODO_URL: 'https://app.example.org' },
      ...{ LATCHKEY_URL: 'https://auth.example.org/', TODO_DATABASE: ':memory:', ...VONAGE },
    })
    assert.deepEqual(read, {
      ...{ port: 3001, host: '0.0.0.0', publicUrl: 'https://app.example.org' },
      ...{ latchkeyUrl: 'https://auth.example.org', database: ':memory:' },
      vonage: {
        ...{ key: 'a1b2c3d4', secret: 'a1b2c3d4e5f6g7h8', from: 'Latchkey', to: '447700900000' },
        baseUrl: 'https://api.nexmo.com',
      },
    })
  })

  it('the port is that of the address, unless that is set', () =>
    assert.equal(settings({ PORT: '3001' }).publicUrl, 'http://localhost:3001'))

  for (const missing of Object.keys(VONAGE))
    it(`names ${missing} when the others are set`, () =>
      assert.deepEqual(problems({ ...VONAGE, [missing]: undefined }), [
        `For SMS, ${missing} must be set too.`,
      ]))

  const bad: [string, string][] = [
    ['PORT', '0'],
    ['PORT', '65536'],
    ['PORT', 'x'],
    ['TODO_URL', 'http://app.example.org'],
    ['TODO_URL', 'https://app.example.org/app'],
    ['TODO_URL', 'nonsense'],
    ['LATCHKEY_URL', 'http://auth.example.org'],
    ['LATCHKEY_URL', 'https://user:word@auth.example.org'],
    ['VONAGE_BASE_URL', 'http://sms.example.org'],
    ['VONAGE_BASE_URL', 'http://127.0.0.1.example.org'],
    ['VONAGE_BASE_URL', 'ftp://127.0.0.1'],
    ['VONAGE_API_KEY', 'a:b'],
    ['VONAGE_API_SECRET', 'with blank'],
    ['VONAGE_TO', '0447700900000'],
    ['VONAGE_TO', 'Latchkey'],
    ['VONAGE_FROM', 'much too long for a name'],
  ]
  for (const [name, value] of bad)
    it(`refuses ${name}=${value}, and does not repeat it`, () => {
      const [problem = '', ...more] = problems({ ...VONAGE, [name]: value })
      assert.deepEqual(more, [])
      assert.ok(problem.startsWith(name), problem)
      assert.ok(value.length < 3 || !problem.includes(value), problem)
    })

  it('SMS may go to a stand-in on this machine over http', () =>
    assert.equal(
      settings({ ...VONAGE, VONAGE_BASE_URL: 'http://127.0.0.1:9999' }).vonage?.baseUrl,
      'http://127.0.0.1:9999',
    ))

  it('names all that is wrong at once', () =>
    assert.equal(problems({ PORT: 'x', TODO_URL: 'x', VONAGE_TO: '1' }).length, 4))
})
