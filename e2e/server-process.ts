import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Call, Commands, Reply } from './server.ts'

type Result<C extends keyof Commands> = Awaited<ReturnType<Commands[C]>>

export interface ServerProcess {
  call<C extends keyof Commands>(command: C, ...args: Parameters<Commands[C]>): Promise<Result<C>>
  end(): Promise<void>
}

/** Runs e2e/server.ts with the Node that runs this. */
export function startServerProcess(): ServerProcess {
  // Playwright's own loader is not for the server: it runs as it does in earnest.
  const child = fork(new URL('server.ts', import.meta.url), { execArgv: [] })
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let calls = 0
  child.on('message', (reply: Reply) => {
    const waiter = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (reply.error) waiter?.reject(new Error(reply.error))
    else waiter?.resolve(reply.value)
  })
  child.on('exit', () => {
    // Why is on standard error.
    for (const { reject } of waiting.values()) reject(new Error('the server has ended'))
  })

  const call = (command: Call['command'], ...args: unknown[]) =>
    new Promise((resolve, reject) => {
      const id = calls++
      waiting.set(id, { resolve, reject })
      child.send({ id, command, args } satisfies Call)
    })

  return {
    call: call as ServerProcess['call'],
    async end() {
      if (child.exitCode !== null) return
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}
