import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Call, Reply } from './obey.ts'
import type { Commands as ServerCommands } from './server.ts'

/** What a program can do, by name. */
type Commands = { [C: string]: (...args: never[]) => Promise<unknown> }

export interface Program<C extends Commands> {
  call<K extends keyof C & string>(command: K, ...args: Parameters<C[K]>): Promise<Awaited<ReturnType<C[K]>>>
  end(): Promise<void>
}

export type ServerProcess = Program<ServerCommands>

/** Runs e2e/server.ts with the Node that runs this. */
export const startServerProcess = () => startProgram<ServerCommands>('server.ts')

/** Runs a program of this folder that obeys, with the Node that runs this. */
export function startProgram<C extends Commands>(file: string): Program<C> {
  // Playwright's own loader is not for the server: it runs as it does in earnest.
  const child = fork(new URL(file, import.meta.url), { execArgv: [] })
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

  const call = (command: string, ...args: unknown[]) =>
    new Promise((resolve, reject) => {
      const id = calls++
      waiting.set(id, { resolve, reject })
      child.send({ id, command, args } satisfies Call)
    })

  return {
    call: call as Program<C>['call'],
    async end() {
      if (child.exitCode !== null) return
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}
