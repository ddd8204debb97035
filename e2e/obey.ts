export interface Call {
  id: number
  command: string
  args: unknown[]
}
export type Reply = { id: number; value?: unknown; error?: string }

type Command = (...args: unknown[]) => Promise<unknown>

/** Carries out what the test that has forked this program asks for, and ends with it. */
export function obey(commands: object, cleanUp: () => Promise<void> = async () => {}): void {
  const known = new Map<string, Command>(Object.entries(commands))
  process.on('message', async ({ id, command, args }: Call) => {
    const carryOut =
      known.get(command) ?? (() => Promise.reject(new Error(`no command is called ${command}`)))
    const reply: Reply = await carryOut(...args).then(
      (value) => ({ id, value }),
      (error) => ({ id, error: String(error) }),
    )
    process.send?.(reply)
  })
  // Also when the test's process dies: nothing is left behind.
  process.on('disconnect', () => cleanUp().finally(() => process.exit()))
}
