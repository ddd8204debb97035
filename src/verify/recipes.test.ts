import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runLatchkey, startProgram } from './running.testing.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(join(ROOT, 'docs/verify.md'), 'utf8')
/** Less than the 5 that `latchkey/verify` allows. */
const SECONDS_AHEAD = 4
const GOLANG_JWT = '/usr/share/gocode/src/github.com/golang-jwt/jwt'

const latchkey = await runLatchkey()
const folder = await mkdtemp(join(tmpdir(), 'latchkey-recipes-'))
after(() => rm(folder, { recursive: true }))

/** A block of code of the page, by what stands after its fence, for the Latchkey that runs here. */
function recipe(fence: string): string {
  const [, code] = new RegExp(`^\`\`\`${fence}\\n(.*?)^\`\`\`$`, 'ms').exec(page) ?? []
  assert.ok(code, `docs/verify.md has no block ${fence}`)
  assert.ok(code.includes('https://auth.example.com'))
  return code.replaceAll('https://auth.example.com', latchkey.issuer)
}

/** A folder of an app in which our own modules and `latchkey` are installed. */
async function appFolder(name: string): Promise<string> {
  const app = join(folder, name)
  await mkdir(join(app, 'node_modules/@hono'), { recursive: true })
  await writeFile(join(app, 'package.json'), '{"type":"module"}')
  for (const module of ['hono', 'jose', '@hono/node-server'])
    await symlink(join(ROOT, 'node_modules', module), join(app, 'node_modules', module))
  await symlink(ROOT, join(app, 'node_modules/latchkey'))
  return app
}

/** Starts a block of code as a program, with `from` replaced so that it listens on a free port and says which; a good token. */
async function startApp(fence: string, from: string, to: string) {
  const app = await appFolder(fence)
  const code = recipe(`ts ${fence}`)
  assert.ok(code.includes(from))
  await writeFile(join(app, 'app.ts'), code.replace(from, to))
  const port = await startProgram(process.execPath, ['app.ts'], app)
  const { token } = await latchkey.signIn()
  return {
    token,
    ask: (path: string, bearer: string, more: Record<string, string> = {}) =>
      fetch(`http://localhost:${port}${path}`, { headers: { authorization: `Bearer ${bearer}`, ...more } }),
  }
}

const APP = 'https://app.example.com'

/** The same block for an app behind forward auth: with two of its lines changed. */
function recipeForApp(fence: string): string {
  const code = recipe(fence)
    .replace(/^((?:const )?audience = )issuer$/im, `$1"${APP}"`)
    .replace(/^((?:const )?typ = )(["'])JWT\2$/im, '$1"forward-auth+jwt"')
  assert.ok(code.includes(APP) && code.includes('forward-auth+jwt'))
  return code
}

/** As `judgesRightly`, with what forward auth tells an app: good for that app, and neither another's nor a token is. */
async function judgesAssertionsRightly(command: string, args: string[], cwd: string): Promise<void> {
  const { token } = await latchkey.issue(APP)
  const all = [await latchkey.assertion(APP), await latchkey.assertion(latchkey.issuer), token]
  const { stdout } = await run(command, [...args, ...all], { cwd })
  assert.deepEqual(stdout.trimEnd().split('\n'), ['user1', 'refused', 'refused'])
}

/**
 * Runs a program that takes tokens as arguments and prints a line for each, a name or `refused`: the good ones are let in and no
 * bad one is.
 */
async function judgesRightly(command: string, args: string[], cwd: string): Promise<void> {
  const { token } = await latchkey.signIn()
  const bad = await latchkey.badTokens()
  // As from a clock that is ahead of the program's: by so much that it is still ahead once a slow machine has started that.
  const { token: fresh } = await latchkey.issue(latchkey.issuer, -SECONDS_AHEAD)
  const { stdout } = await run(command, [...args, fresh, token, ...Object.values(bad)], { cwd })
  const [ahead, good, ...others] = stdout.trimEnd().split('\n')
  assert.deepEqual([ahead, good], ['user1', 'user1'])
  const judged = Object.fromEntries(Object.keys(bad).map((what, index) => [what, others[index]]))
  assert.deepEqual(judged, Object.fromEntries(Object.keys(bad).map((what) => [what, 'refused'])))
}

const answers = (command: string, args: string[]) =>
  run(command, args).then(
    () => true,
    () => false,
  )

const hasPython = await answers('/usr/bin/python3', ['-c', 'import jwt, cryptography'])
const hasGo = (await answers('go', ['version'])) && existsSync(GOLANG_JWT)

describe('docs/verify.md', () => {
  const serving = { from: 'port: 3000 })', to: 'port: 0 }, ({ port }) => console.log(port))' }
  const listening = {
    from: '.listen(3000)',
    to: '.listen(0, function () { console.log(this.address().port) })',
  }
  for (const [fence, { from, to }] of [
    ['hono', serving],
    ['request', listening],
  ] as const) {
    it(`the app of block ${fence} lets in who is signed in, and nobody else`, async () => {
      const { ask, token } = await startApp(fence, from, to)
      let answer = await ask('/', token)
      // The app may listen a moment before it has heard of the keys.
      while (answer.status === 503) answer = await ask('/', token)
      assert.deepEqual([answer.status, await answer.text()], [200, 'Hello user1'])
      for (const [what, bad] of Object.entries(await latchkey.badTokens()))
        assert.equal((await ask('/', bad)).status, 401, what)
    })
  }

  it('the app with one verifier for two paths asks for the role on one of them only', async () => {
    const { ask, token } = await startApp('shared', serving.from, serving.to)
    let answer = await ask('/api/me', token)
    while (answer.status === 503) answer = await ask('/api/me', token)
    const { username } = (await answer.json()) as { username: string }
    assert.deepEqual([answer.status, username], [200, 'user1'])
    assert.equal((await ask('/admin/users', token)).status, 403)
    for (const path of ['/api/me', '/admin/users']) assert.equal((await ask(path, 'x')).status, 401)
  })

  it('the app of block assertion lets in whom forward auth vouches for, and nobody else', async () => {
    const { ask, token } = await startApp('assertion', serving.from, serving.to)
    const origin = 'https://app.example.com'
    const told = async (assertion: string) =>
      (await ask('/', token, { 'remote-assertion': assertion })).status
    const assertion = await latchkey.assertion(origin)
    while ((await told(assertion)) === 503);
    assert.equal(await told(assertion), 200)
    for (const bad of [
      await latchkey.assertion('https://other.example.com'),
      (await latchkey.issue(origin)).token,
      '',
    ])
      assert.equal(await told(bad), 401)
  })

  it('createVerifier without Hono', async () => {
    const app = await appFolder('verifier')
    const driver = `
      for (const token of process.argv.slice(2)) console.log((await whoIs(token)) ?? 'refused')
      verifier.close()`
    await writeFile(join(app, 'app.ts'), recipe('ts verifier') + driver)
    await judgesRightly(process.execPath, ['app.ts'], app)
  })

  it('Node with jose', async () => {
    const app = await appFolder('jose')
    const driver = `
      for (const token of process.argv.slice(2))
        console.log(await verify(token).then(({ username }) => username, () => 'refused'))`
    await writeFile(join(app, 'app.js'), recipe('js jose') + driver)
    await judgesRightly(process.execPath, ['app.js'], app)
    await writeFile(join(app, 'app.js'), recipeForApp('js jose') + driver)
    await judgesAssertionsRightly(process.execPath, ['app.js'], app)
  })

  it('Python with PyJWT', {
    skip: !hasPython && 'wants the Debian packages python3-jwt and python3-cryptography',
  }, async () => {
    const driver = `
import sys

for token in sys.argv[1:]:
    try:
        print(verify(token)["username"])
    except jwt.PyJWTError:
        print("refused")
`
    await writeFile(join(folder, 'app.py'), recipe('python') + driver)
    await judgesRightly('/usr/bin/python3', ['app.py'], folder)
    await writeFile(join(folder, 'app.py'), recipeForApp('python') + driver)
    await judgesAssertionsRightly('/usr/bin/python3', ['app.py'], folder)
  })

  it('Go with golang-jwt', {
    skip: !hasGo && 'wants the Debian packages golang-go and golang-github-golang-jwt-jwt-dev',
    timeout: 120_000,
  }, async () => {
    const driver = `package main

import (
	"fmt"
	"os"
)

func main() {
	if err := FetchKeys(); err != nil {
		panic(err)
	}
	for _, token := range os.Args[1:] {
		claims, err := Verify(token)
		if err != nil {
			fmt.Println("refused")
		} else {
			fmt.Println(claims["username"])
		}
	}
}
`
    const app = join(folder, 'gopath/src/app')
    await mkdir(app, { recursive: true })
    await writeFile(join(app, 'verify.go'), recipe('go'))
    await writeFile(join(app, 'main.go'), driver)
    // Debian has it without the number that its module has.
    await mkdir(join(folder, 'gopath/src/github.com/golang-jwt/jwt'), { recursive: true })
    await symlink(GOLANG_JWT, join(folder, 'gopath/src/github.com/golang-jwt/jwt/v4'))
    const settings = [
      `GOPATH=${join(folder, 'gopath')}`,
      'GO111MODULE=off',
      `GOCACHE=${join(folder, 'go-cache')}`,
    ]
    const build = () =>
      run('env', [...settings, 'go', 'build', '-o', join(folder, 'verify-go'), 'app'], { cwd: app })
    await build()
    await judgesRightly(join(folder, 'verify-go'), [], folder)
    await writeFile(join(app, 'verify.go'), recipeForApp('go'))
    await build()
    await judgesAssertionsRightly(join(folder, 'verify-go'), [], folder)
  })
})
