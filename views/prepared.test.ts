import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { html } from 'hono/html'
import { prepared } from './prepared.ts'

describe('a prepared page', () => {
  let rendered = 0
  const page = prepared(['name', 'age'], ({ name, age }) => {
    rendered++
    return String(html`<p title="${name}">${name} is ${age}</p>`)
  })

  it('is what its template would be, everything escaped', () => {
    for (const name of ['Ada', `"><b>' & \0name\0`, '']) {
      assert.equal(page({ name, age: 36 }), String(html`<p title="${name}">${name} is ${36}</p>`))
    }
  })

  it('is rendered once, and keeps nothing of one person for the next', () => {
    assert.match(page({ name: 'Bea', age: 1 }), /Bea is 1/)
    assert.doesNotMatch(page({ name: 'Cy', age: 2 }), /Bea|Ada/)
    assert.equal(rendered, 1)
  })
})
