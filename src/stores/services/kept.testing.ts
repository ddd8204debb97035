import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Answer, Keepable, Order } from './keeper.testing.ts'
import type { Server } from './server.testing.ts'

/** For tests only: a server that goes when this process does, or earlier by `end`. */
export type KeptServer = Server & { end(): Promise<void> }

/** Starts a database server of its own; null when that engine is not installed. */
export async function keepServer(engine: Keepable): Promise<KeptServer | null> {
  const keeper = fork(new URL('keeper.testing.ts', import.meta.url), [engine], {
    // In a group of its own: Ctrl-C ends us, and that ends it in its own good time.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR },
  })
  const { url } = await answerOf(keeper)
  const tell = async (order: Order) => {
    keeper.ref()
    keeper.channel?.ref()
    keeper.send(order)
    await answerOf(keeper)
    letGo(keeper)
  }
  const end = async () => {
    if (keeper.exitCode !== null) return
    keeper.ref()
    const exited = once(keeper, 'exit')
    keeper.disconnect()
    await exited
  }
  letGo(keeper)
  if (url === null) {
    await end()
    return null
  }
  return { url, start: () => tell('start'), stop: () => tell('stop'), end }
}

async function answerOf(keeper: ChildProcess): Promise<{ url: string | null }> {
  const answer = await new Promise<Answer>((resolve, reject) => {
    keeper.once('message', resolve)
    keeper.once('error', reject)
    keeper.once('exit', () => reject(new Error('the keeper of a database server ended')))
  })
  if ('error' in answer) throw new Error(answer.error)
  return answer
}

/** It must not hold up the end of this process. */
function letGo(keeper: ChildProcess): void {
  keeper.unref()
  keeper.channel?.unref()
}
