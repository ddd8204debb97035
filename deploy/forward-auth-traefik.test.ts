import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { forwardAuthTable } from './forward-auth-table.testing.ts'
import { parseRule } from './traefik-rule.testing.ts'
import { startTraefikStandIn } from './traefik-stand-in.testing.ts'

forwardAuthTable('a stand-in for Traefik', startTraefikStandIn, false)

describe('the rules of the stand-in for Traefik', () => {
  const request = { method: 'GET', host: 'a.test', path: '/admin/x', headers: [['Upgrade', 'h2c']] as const }
  for (const [rule, expected] of [
    ['Host(`a.test`)', true],
    ['Host(`b.test`) || Host(`a.test`)', true],
    ['Host(`b.test`) || Host(`a.test`) && Method(`POST`)', false],
    ['(Host(`b.test`) || Host(`a.test`)) && Method(`GET`)', true],
    ['Host(`a.test`) && !PathPrefix(`/admin`)', false],
    ['PathRegexp(`(?i)^/+ADMIN`)', true],
    ['PathRegexp(`^/+ADMIN`)', false],
    ['HeaderRegexp(`upgrade`, `.`) && !HeaderRegexp(`Upgrade`, `(?i)^websocket$`)', true],
  ] as const)
    it(`${rule} is ${expected} of GET a.test/admin/x`, () => assert.equal(parseRule(rule)(request), expected))

  it('what is no rule is an error', () => {
    for (const rule of ['Host(`a.test`', 'Host(`a.test`) Method(`GET`)', 'Hots(`a.test`)', ''])
      assert.throws(() => parseRule(rule), rule)
  })
})
