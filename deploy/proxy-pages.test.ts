import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { assertSettings } from './settings.testing.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const page = (name: string) => read(`../docs/proxies/${name}.md`)

/** Variables of the table in a page, each with its default. */
const tableOf = (text: string) =>
  [...text.matchAll(/^\| (`[A-Z_`, ]+`) \| ([^|]*) \|/gm)].flatMap(([, names = '', defaults = '']) => {
    const values = defaults.split(', ').map((value) => value.replaceAll('`', '').trim())
    return names
      .split(', ')
      .map((name, i) => [name.replaceAll('`', ''), values[i] ?? values[0] ?? ''] as const)
  })

/** Variables that a file reads, with their defaults, each once. */
const variablesOf = (text: string, form: RegExp) =>
  new Map([...text.matchAll(form)].map(([, name = '', value = '']) => [name, value]))

describe('the pages of docs/proxies', () => {
  for (const name of ['nginx', 'caddy', 'haproxy', 'traefik'])
    describe(name, () => {
      it('links to files that are there', () => {
        const links = [...page(name).matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link = '']) => link)
        assert.ok(links.some((link) => link.includes('/deploy/')))
        for (const link of links)
          assert.ok(
            existsSync(fileURLToPath(new URL(link, new URL('../docs/proxies/', import.meta.url)))),
            link,
          )
      })

      it('names settings of Latchkey that there are', () => {
        const [, block = ''] = /Latchkey\*\*.*?```sh\n(.*?)```/s.exec(page(name)) ?? []
        assertSettings([...block.matchAll(/^ *([A-Z_]+)=/gm)].map(([, setting = '']) => setting))
      })
    })

  it('the variables of the Caddyfile are in its page, with their defaults', () => {
    const variables = variablesOf(read('./Caddyfile'), /\{\$(\w+):?([^}]*)\}/g)
    const said = tableOf(page('caddy')).map(
      ([name, value]) => [name, value === 'empty' ? '' : value] as const,
    )
    assert.deepEqual(new Map(said), variables)
  })

  it('the variables of haproxy.cfg are in its page, with their defaults', () => {
    const variables = variablesOf(read('./haproxy.cfg'), /\$\{(\w+)-([^}]*)\}/g)
    assert.deepEqual(new Map(tableOf(page('haproxy'))), variables)
  })

  it('what is to be edited in the files for Traefik is in them', () => {
    const files = read('./traefik-dynamic.yml') + read('./traefik.yml')
    for (const text of [
      'auth.example.org',
      'app.example.org',
      '127.0.0.1:8000',
      '127.0.0.1:3000',
      'you@example.org',
    ])
      assert.ok(files.includes(text), text)
    for (const option of ['aliasHeadersStrategy', 'trustForwardHeader', 'app-admin'])
      assert.ok(files.includes(option) && page('traefik').includes(option), option)
  })
})
