import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decide, isPageLoad } from './decide.ts'

describe('forward auth decides', () => {
  const user = { role: 'user' } as const
  const admin = { role: 'admin' } as const
  for (const [who, asked, isPage, kind] of [
    [null, null, true, 'sign-in'],
    [null, null, false, 'refuse'],
    [null, 'admin', true, 'sign-in'],
    [null, 'admin', false, 'refuse'],
    [user, null, true, 'allow'],
    [user, null, false, 'allow'],
    [user, 'user', true, 'allow'],
    [user, 'admin', true, 'forbid'],
    [user, 'admin', false, 'forbid'],
    [admin, null, true, 'allow'],
    [admin, 'user', false, 'allow'],
    [admin, 'admin', true, 'allow'],
  ] as const)
    it(`${kind}: ${who?.role ?? 'nobody'}, asked for ${asked ?? 'any role'}, ${isPage ? 'a page' : 'no page'}`, () =>
      assert.equal(decide({ who, asked, isPageLoad: () => isPage }).kind, kind))
})

describe('a page load', () => {
  const HTML = 'text/html,application/xhtml+xml,*/*;q=0.8'
  for (const [method, fetchMode, accept, isPage] of [
    ['GET', 'navigate', undefined, true],
    ['HEAD', 'navigate', '*/*', true],
    ['GET', undefined, HTML, true],
    ['GET', undefined, 'TEXT/HTML', true],
    ['HEAD', undefined, HTML, true],
    ['GET', undefined, '*/*', false],
    ['GET', undefined, undefined, false],
    // A script that asks for HTML is no page load, and says so.
    ['GET', 'cors', HTML, false],
    ['GET', 'same-origin', HTML, false],
    ['GET', 'no-cors', HTML, false],
    ['GET', 'websocket', HTML, false],
    ['GET', '', HTML, false],
    ['POST', 'navigate', HTML, false],
    ['OPTIONS', 'navigate', HTML, false],
    ['get', 'navigate', HTML, false],
  ] as const)
    it(`${isPage ? 'is' : 'is not'} ${method} with mode ${fetchMode} and accept ${accept}`, () =>
      assert.equal(isPageLoad(method, fetchMode, accept), isPage))
})
