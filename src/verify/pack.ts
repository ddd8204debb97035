import { execFile } from 'node:child_process'
import { cp, glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Packs `latchkey/verify` as plain JavaScript, for apps that are not TypeScript run as it is: `npm run pack:verify`. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')
const run = promisify(execFile)

const README = `# latchkey/verify

For apps that check the access tokens of Latchkey, the sign-in server, by themselves.

\`\`\`js
import { Hono } from 'hono'
import { latchkey } from 'latchkey/verify'

const app = new Hono()
app.use(latchkey({ issuer: 'https://auth.example.com' }))
app.get('/', (c) => c.text(\`Hello \${c.get('user').username}\`))
\`\`\`

The page docs/verify.md of Latchkey says what is checked, and what is left to the app.
`

/** Writes `latchkey-verify-<version>.tgz` into a folder; its path. Needs the npm of the machine, and no network. */
export async function packVerify(into: string): Promise<string> {
  const { version, license, description } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const work = await mkdtemp(join(tmpdir(), 'latchkey-verify-'))
  try {
    const out = join(work, 'package')
    await compile(work, out)
    const manifest = {
      ...{
        name: 'latchkey',
        version,
        description: `${description}: for apps that check its tokens`,
        license,
      },
      type: 'module',
      engines: { node: '>=20.19' },
      exports: { './verify': { types: './verify/index.d.ts', default: './verify/index.js' } },
      peerDependencies: { hono: '>=4.12.34 <5' },
    }
    await writeFile(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    await writeFile(join(out, 'README.md'), README)
    await cp(join(ROOT, 'LICENSE'), join(out, 'LICENSE'))
    // On Windows npm is a script, which only a shell can start.
    await run('npm', ['pack', '--ignore-scripts'], { cwd: out, shell: process.platform === 'win32' })
    const path = resolve(into, `latchkey-verify-${version}.tgz`)
    await cp(join(out, `latchkey-${version}.tgz`), path)
    return path
  } finally {
    await rm(work, { recursive: true })
  }
}

/** From index.ts and what it imports, and nothing else: what an app gets cannot grow unseen. */
async function compile(work: string, out: string): Promise<void> {
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      ...{ noEmit: false, declaration: true, rewriteRelativeImportExtensions: true },
      ...{ target: 'es2022', rootDir: join(ROOT, 'src'), outDir: out },
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
    files: [join(ROOT, 'src/verify/index.ts')],
    include: [],
  }
  await writeFile(join(work, 'tsconfig.json'), JSON.stringify(config))
  await run(process.execPath, [TSC, '-p', join(work, 'tsconfig.json')])
  // The compiler leaves the endings in declarations as they are, which older ones do not understand.
  for await (const name of glob('**/*.d.ts', { cwd: out })) {
    const text = await readFile(join(out, name), 'utf8')
    await writeFile(join(out, name), text.replaceAll(/(?<=from '\.[^']*)\.ts(?=')/g, '.js'))
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${await packVerify(process.cwd())}\n`)
}
