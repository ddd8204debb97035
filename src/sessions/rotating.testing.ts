import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { manualClock } from '../lib/clock.ts'
import { FROM, openRig } from '../vectors/rig.testing.ts'
import type { RotateOutcome } from './rotate.ts'

/** For tests only: another process on the same database, that shows refresh tokens when it is told to. */
export interface Job {
  dataDir: string
  tokens: string[]
  /** Each so often, all at once. */
  times: number
  now: number
  /** Killed as soon as the rotation is written, before it is answered. */
  dies?: boolean
}

const PATH = fileURLToPath(import.meta.url)

/** The process, once it is ready. `go()` lets it show them: what came of each; null when it died before it answered. */
export async function startRotating(job: Job) {
  const child = fork(PATH, [JSON.stringify(job)])
  assert.deepEqual(await once(child, 'message'), ['ready', undefined])
  return {
    async go(): Promise<RotateOutcome[][] | null> {
      const outcomes = new Promise<RotateOutcome[][] | null>((resolve) => {
        child.once('message', (message) => resolve(message as RotateOutcome[][]))
        child.once('exit', () => resolve(null))
      })
      child.send('go')
      const answered = await outcomes
      await gone(child)
      return answered
    },
    /** What it died of. */
    signal: () => child.signalCode,
  }
}

const gone = (child: ChildProcess) =>
  child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null

async function rotateWhenTold({ dataDir, tokens, times, now, dies }: Job): Promise<void> {
  let calls = 0
  const killed = async (call: string) => {
    // The second time is after the call: it is written now.
    if (call === 'rotate' && ++calls === 2) process.kill(process.pid, 'SIGKILL')
  }
  const rig = await openRig({ dataDir, clock: manualClock(now), ...(dies && { pause: killed }) })
  process.once('message', async () => {
    const shown = tokens.map((token) =>
      Promise.all(Array.from({ length: times }, () => rig.rotate(token, 'bearer', FROM))),
    )
    const outcomes = await Promise.all(shown)
    await rig.close()
    process.send?.(outcomes, () => process.disconnect?.())
  })
  process.send?.('ready')
}

if (process.argv[1] === PATH && process.argv[2]) await rotateWhenTold(JSON.parse(process.argv[2]) as Job)
