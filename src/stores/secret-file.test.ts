import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, afterEach, beforeEach, describe, it, type TestContext } from 'node:test'
import { readConfig } from '../config.ts'
import { readOrMakeSecret, SecretFileRefused } from './secret-file.ts'

let root: string
// As on a first start: neither the file nor its folder is there.
let path: string
beforeEach(async () => {
  root = await fs.mkdtemp(join(tmpdir(), 'latchkey-secret-'))
  path = join(root, 'data', 'secret')
})
afterEach(() => fs.rm(root, { recursive: true, force: true }))

const GOOD = 'thirty-two bytes, good for tests'
const text = (secret: Uint8Array) => Buffer.from(secret).toString()
const modeOf = async (file: string) => ((await fs.stat(file)).mode & 0o777).toString(8)

async function put(content: string | Uint8Array, mode = 0o600): Promise<void> {
  await fs.mkdir(dirname(path), { recursive: true })
  await fs.writeFile(path, content)
  await fs.chmod(path, mode)
}

async function refusal(): Promise<string> {
  const refused = await readOrMakeSecret(path).catch((error: unknown) => error)
  assert.ok(refused instanceof SecretFileRefused, String(refused))
  return refused.message
}

/** The disk as it can be: `link` does what is said instead. */
function instead(t: TestContext, link: typeof fs.link): void {
  t.mock.method(fs, 'link', link)
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
}

describe('the secret file', () => {
  it('is made at the first start: 32 random bytes, 0600 in a folder of 0700, and nothing beside it', async () => {
    const made = await readOrMakeSecret(path)
    assert.match(text(made), /^[\w-]{43}$/)
    assert.equal(await fs.readFile(path, 'utf8'), text(made))
    assert.equal(await modeOf(path), '600')
    assert.equal(await modeOf(dirname(path)), '700')
    assert.deepEqual(await fs.readdir(dirname(path)), ['secret'])
    assert.notDeepEqual(await readOrMakeSecret(join(root, 'other', 'secret')), made)
  })

  it('is the same at each later start, and is not written to', async () => {
    const made = await readOrMakeSecret(path)
    const { mtimeMs, ino } = await fs.stat(path)
    assert.deepEqual(await readOrMakeSecret(path), made)
    const now = await fs.stat(path)
    assert.deepEqual([now.mtimeMs, now.ino], [mtimeMs, ino])
  })

  it('is the same secret when it is handed over as SECRET_FILE or as SECRET, as to a second node', async () => {
    const made = await readOrMakeSecret(path)
    for (const environment of [{ SECRET_FILE: path }, { SECRET: text(made) }]) {
      const outcome = readConfig(environment, { envFile: join(root, 'absent') })
      assert.deepEqual(outcome.ok && outcome.config.secret, made)
    }
  })

  for (const ending of ['\n', '\r\n'])
    it(`may be written by hand, its line end ${JSON.stringify(ending)} is no part of it`, async () => {
      await put(GOOD + ending)
      assert.equal(text(await readOrMakeSecret(path)), GOOD)
    })
})

describe('a secret file is refused in a sentence', () => {
  const everybody = (mode: number) => mode & 0o007
  for (const mode of [0o604, 0o644, 0o606, 0o602, 0o601, 0o620, 0o660]) {
    it(`with mode ${mode.toString(8)}`, async () => {
      await put(GOOD, mode)
      const expected = everybody(mode)
        ? `The secret ${path} can be read by everybody on this machine: chmod 600 ${path}, and remove it if it may have been read: the next start makes another.`
        : `The secret ${path} can be written by its group: chmod 600 ${path}.`
      assert.equal(await refusal(), expected)
    })
  }

  for (const mode of [0o600, 0o400, 0o640, 0o440])
    it(`but not with mode ${mode.toString(8)}`, async () => {
      await put(GOOD, mode)
      assert.equal(text(await readOrMakeSecret(path)), GOOD)
    })

  for (const [content, what] of [
    ['', 'empty'],
    ['\n', 'empty'],
    ['x'.repeat(31), 'too short'],
    [`${'x'.repeat(31)}\n`, 'too short'],
    [new Uint8Array(64).fill(0xff), 'not text'],
  ] as const) {
    it(`when it is ${what}, of ${content.length} bytes, and is left as it is`, async () => {
      await put(content)
      const cure = 'restore it, or remove it and the next start makes another'
      assert.equal(await refusal(), `The secret ${path} is ${what}: ${cure}.`)
      assert.deepEqual(await fs.readFile(path), Buffer.from(content))
    })
  }

  it('but not when it is 32 bytes', async () => {
    await put('x'.repeat(32))
    assert.equal((await readOrMakeSecret(path)).length, 32)
  })

  it('when it is a folder', async () => {
    await fs.mkdir(path, { recursive: true })
    assert.equal(await refusal(), `The secret ${path} cannot be read (EISDIR).`)
  })

  it('when it is a link to nothing, and nothing is made there', async () => {
    await fs.mkdir(dirname(path))
    await fs.symlink(join(root, 'gone'), path)
    assert.equal(await refusal(), `The secret ${path} cannot be read (ENOENT).`)
    assert.deepEqual(await fs.readdir(root), ['data'])
    assert.deepEqual(await fs.readdir(dirname(path)), ['secret'])
  })

  it('when it cannot be made', async () => {
    await fs.symlink('gone', dirname(path))
    assert.equal(await refusal(), `The secret ${path} cannot be made (ENOENT).`)
  })
})

describe('the first secret', () => {
  it('is that of the other process, when one was quicker', async (t) => {
    const { link } = fs
    instead(t, async (draft, to) => {
      await put(GOOD)
      await link(draft, to)
    })
    assert.equal(text(await readOrMakeSecret(path)), GOOD)
    assert.deepEqual(await fs.readdir(dirname(path)), ['secret'])
  })

  it('is made without hard links where the disk has none', async (t) => {
    instead(t, () => Promise.reject(Object.assign(new Error(), { code: 'EPERM' })))
    const made = await readOrMakeSecret(path)
    assert.match(text(made), /^[\w-]{43}$/)
    assert.equal(await modeOf(path), '600')
    assert.deepEqual(await fs.readdir(dirname(path)), ['secret'])
    assert.deepEqual(await readOrMakeSecret(path), made)
  })

  it('is that of the quicker process without hard links too', async (t) => {
    instead(t, async () => {
      await put(GOOD)
      throw Object.assign(new Error(), { code: 'EPERM' })
    })
    assert.equal(text(await readOrMakeSecret(path)), GOOD)
    assert.deepEqual(await fs.readdir(dirname(path)), ['secret'])
  })
})

describe('two processes that start at once on an empty folder', () => {
  const ROUNDS = 100
  const PROCESS = `
    import { readOrMakeSecret } from ${JSON.stringify(import.meta.resolve('./secret-file.ts'))}
    process.on('message', async (path) => process.send(Buffer.from(await readOrMakeSecret(path)).toString()))`
  const processes = [1, 2].map(() =>
    spawn(process.execPath, ['--input-type=module', '--eval', PROCESS], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  )
  const ask = (child: ChildProcess, file: string) =>
    new Promise<string>((resolve, reject) => {
      child.removeAllListeners().once('message', resolve).once('exit', reject)
      child.send(file)
    })
  after(() => {
    for (const child of processes) child.kill()
  })

  it(`have one secret, ${ROUNDS} times over, and leave nothing beside it`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const file = join(root, String(round), 'secret')
      const [one, other] = await Promise.all(processes.map((child) => ask(child, file)))
      assert.equal(one, other)
      assert.equal(await fs.readFile(file, 'utf8'), one)
      assert.deepEqual(await fs.readdir(dirname(file)), ['secret'])
    }
  })
})
