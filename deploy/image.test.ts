import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { until } from '../src/cli/process.testing.ts'
import { freePort } from '../src/free-port.testing.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const INSTALL_MILLISECONDS = 240_000
const NOBODY = 65_534
const WRITABLE = 0o222

interface Built {
  dockerfile: string
  /** What COPY names of the repository. */
  copied: string[]
  ignored: string[]
}

async function readImage(): Promise<Built> {
  const dockerfile = await readFile(join(ROOT, 'deploy/Dockerfile'), 'utf8')
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
    paths.split(' '),
  )
  const ignore = await readFile(join(ROOT, '.dockerignore'), 'utf8')
  const ignored = ignore.split('\n').filter((line) => line && !line.startsWith('#'))
  return { dockerfile, copied, ignored }
}

/** Whether a path gets to the build: the last line of .dockerignore that fits it, or a folder above it, decides. */
function isSent(path: string, ignored: string[]): boolean {
  const above = path.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/'))
  const last = ignored.findLast((line) => {
    const pattern = patternOf(line.replace(/^!/, ''))
    return above.some((folder) => pattern.test(folder))
  })
  return last === undefined || last.startsWith('!')
}

// As Docker means it: unlike a shell's, its star fits names that begin with a dot.
const patternOf = (glob: string) =>
  new RegExp(
    `^${glob
      .replaceAll('.', '\\.')
      .replaceAll('**/', '(.+/)?')
      .replaceAll(/(?<!\.)\*/g, '[^/]*')}$`,
  )

describe('the image', () => {
  let image: Built
  let app: string
  before(
    async () => {
      image = await readImage()
      app = await mkdtemp(join(tmpdir(), 'latchkey-image-'))
      for (const path of image.copied)
        await cp(join(ROOT, path), join(app, path), {
          recursive: true,
          filter: (from) => isSent(relative(ROOT, from), image.ignored),
        })
      const [, install = ''] = /^RUN (npm ci .*) \\$/m.exec(image.dockerfile) ?? []
      const args = [...install.split(' ').slice(1), '--prefer-offline']
      await run('npm', args, { cwd: app })
    },
    { timeout: INSTALL_MILLISECONDS },
  )
  after(async () => {
    await setModes(app, (mode) => mode | 0o200)
    await rm(app, { recursive: true })
  })

  it('copies what is there, and leaves out what is not the program', async () => {
    for (const path of image.copied) assert.ok(existsSync(join(app, path)), path)
    for (const path of [
      '.env',
      'data/secret',
      'keys/a.pem',
      'deploy/secrets/secret',
      'node_modules/a.js',
      '.git/config',
    ])
      assert.equal(isSent(path, image.ignored), false, path)
    const files = await readdir(join(app, 'src'), { recursive: true })
    assert.ok(files.includes('launch.js') && files.includes('stores/open.ts'))
    for (const file of files) assert.doesNotMatch(file, /\.(test|testing)\.ts$/)
  })

  it('has no package that is for development only', async () => {
    const { devDependencies } = JSON.parse(await readFile(join(app, 'package.json'), 'utf8'))
    for (const name of Object.keys(devDependencies))
      assert.ok(!existsSync(join(app, 'node_modules', name, 'package.json')), name)
  })

  it('runs as nobody, with a tree it cannot write to, and keeps its data in DATA_DIR', async () => {
    await setModes(app, (mode) => (mode | 0o555) & ~WRITABLE)
    const data = await mkdtemp(join(tmpdir(), 'latchkey-data-'))
    const isRoot = process.getuid?.() === 0
    if (isRoot) await chown(data, NOBODY, NOBODY)
    const port = await freePort()
    const child = spawn(process.execPath, ['src/launch.js', 'serve'], {
      cwd: app,
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
      env: { NODE_ENV: 'production', PORT: `${port}`, DATA_DIR: data },
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        said += text
      })
    try {
      const [, check = ''] = /^ {2}CMD \["node", "-e", "(.*)"\]$/m.exec(image.dockerfile) ?? []
      const isWell = () =>
        run(process.execPath, ['-e', check], { env: { PORT: `${port}` } }).then(
          () => true,
          () => false,
        )
      await until('it is well', async () => {
        assert.equal(child.exitCode, null, said)
        return isWell()
      })
      assert.ok((await readdir(data)).includes('latchkey.db'))
      assert.ok(!existsSync(join(app, 'node_modules/.cache')))
      child.kill('SIGTERM')
      assert.deepEqual(await once(child, 'exit'), [0, null])
      assert.equal(await isWell(), false)
    } finally {
      child.kill('SIGKILL')
      await rm(data, { recursive: true })
    }
  })

  it('says that it is without the demo', async () => {
    const demo = run(process.execPath, ['src/launch.js', 'serve', '--demo'], { cwd: app, env: {} })
    await assert.rejects(demo, { code: 1, stderr: /^This installation is without the demo\. [^\n]+\n$/ })
  })

  it('is of the Node that Latchkey needs, runs as somebody else than root, and waits for no install script', () => {
    for (const [, from] of image.dockerfile.matchAll(/^FROM (\S+)/gm)) assert.equal(from, 'node:26-slim')
    assert.match(image.dockerfile, /^USER node$/m)
    assert.match(image.dockerfile, /npm ci --omit=dev --ignore-scripts /)
  })
})

/** Of a folder and all that is in it. */
async function setModes(path: string, change: (mode: number) => number): Promise<void> {
  const { mode } = await stat(path)
  if (mode & 0o40000) await chmod(path, change(mode & 0o777))
  else return chmod(path, change(mode & 0o777))
  const entries = await readdir(path, { withFileTypes: true })
  await Promise.all(
    entries.filter((entry) => !entry.isSymbolicLink()).map(({ name }) => setModes(join(path, name), change)),
  )
}
