import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** For tests only: where a program of a database engine is looked for, besides PATH. Debian keeps Postgres off it. */
const DEBIAN_POSTGRES = '/usr/lib/postgresql'
const HOMEBREW = ['/opt/homebrew/opt', '/usr/local/opt']

const inside = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])
const newestFirst = (a: string, b: string) => b.localeCompare(a, 'en', { numeric: true })

function folders(): string[] {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const debian = inside(DEBIAN_POSTGRES)
    .toSorted(newestFirst)
    .map((version) => join(DEBIAN_POSTGRES, version, 'bin'))
  const homebrew = HOMEBREW.flatMap((folder) =>
    inside(folder)
      .filter((name) => /^(postgresql|redis)(@|$)/.test(name))
      .toSorted(newestFirst)
      .map((name) => join(folder, name, 'bin')),
  )
  return [...onPath, ...debian, ...homebrew]
}

/** The first folder that has all of these programs: those of one engine are of one version. */
export const folderWith = (...programs: [string, ...string[]]): string | null =>
  folders().find((folder) => programs.every((program) => existsSync(join(folder, program)))) ?? null
