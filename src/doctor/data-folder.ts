import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isPosix } from '../lib/posix.ts'
import { elseOk, type Finding, problem, warning } from './finding.ts'

const KEPT = ['latchkey.db', 'latchkey.db-wal', 'latchkey.db-shm'] as const
const FOR_OTHERS = 0o007
const WRITABLE_BY_OTHERS = 0o002

/** A file or folder, as far as it matters who may do what with it. */
export interface Permissions {
  path: string
  mode: number
  /** Whether it belongs to the user we run as, who is meant to be the server's. */
  isOurs: boolean
}

export type DataFolder =
  | { kind: 'absent' }
  | { kind: 'unusable'; code: string }
  | { kind: 'there'; folder: Permissions; files: Permissions[] }

/** Looks at DATA_DIR and what lies in it. */
export async function lookAtDataFolder(dir: string): Promise<DataFolder> {
  try {
    const folder = await permissionsOf(dir)
    await access(dir, constants.R_OK | constants.W_OK | constants.X_OK)
    const found = await Promise.all(
      KEPT.map((name) =>
        permissionsOf(join(dir, name)).catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return null
          throw error
        }),
      ),
    )
    return { kind: 'there', folder, files: found.filter((file) => file !== null) }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? { kind: 'absent' } : { kind: 'unusable', code }
  }
}

async function permissionsOf(path: string): Promise<Permissions> {
  const { mode, uid } = await stat(path)
  return { path, mode, isOurs: process.getuid === undefined || uid === process.getuid() }
}

/** Whether the folder can be used, and by nobody else. */
export function judgeDataFolder(dir: string, data: DataFolder): Finding[] {
  switch (data.kind) {
    case 'absent':
      return [
        warning(
          `DATA_DIR (${dir}) is not there yet.`,
          'The first start makes it; or set DATA_DIR to the folder that the server uses.',
        ),
      ]
    case 'unusable':
      return [
        problem(
          `DATA_DIR (${dir}) cannot be used (${data.code}).`,
          'Let the user that the server runs as read and write it, and run this command as that user.',
        ),
      ]
    case 'there':
      return elseOk(
        [...judgeModes(data.folder, data.files), ...judgeOwner([data.folder, ...data.files])],
        `DATA_DIR (${dir}) is there, and closed to others.`,
      )
    default:
      return data satisfies never
  }
}

function judgeModes({ path: dir, mode }: Permissions, files: Permissions[]): Finding[] {
  if (!isPosix) return []
  const findings: Finding[] = []
  if (mode & WRITABLE_BY_OTHERS)
    findings.push(problem(`Everybody on this machine can put files into ${dir}.`, `chmod 700 ${dir}`))
  else if (mode & FOR_OTHERS)
    findings.push(warning(`Everybody on this machine can see what is in ${dir}.`, `chmod 700 ${dir}`))
  for (const { path, mode } of files)
    if (mode & FOR_OTHERS)
      findings.push(
        problem(
          `Everybody on this machine can read ${path}, which holds password hashes.`,
          `chmod 600 ${path}`,
        ),
      )
  return findings
}

function judgeOwner(all: Permissions[]): Finding[] {
  const others = all.filter(({ isOurs }) => !isOurs)
  return others.length === 0
    ? []
    : [
        warning(
          `${others.map(({ path }) => path).join(', ')} belongs to another user than the one who runs this command.`,
          'Run every latchkey command as the user that the server runs as.',
        ),
      ]
}
