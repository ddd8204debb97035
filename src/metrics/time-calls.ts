/** Told after each call: how many seconds it took, and whether it was done or failed. */
export type Tell = (operation: string, seconds: number, isDone: boolean) => void

/** The same object, with every method that answers by a promise timed. */
export function timeCalls<T extends object>(target: T, tell: Tell): T {
  const timed = new Map<string, unknown>()

  const time =
    (operation: string, method: (...asked: unknown[]) => unknown) =>
    (...asked: unknown[]) => {
      const startedAt = performance.now()
      const result = method.apply(target, asked)
      if (!(result instanceof Promise)) return result
      const done = (isDone: boolean) => () => tell(operation, (performance.now() - startedAt) / 1000, isDone)
      // Beside the promise that the caller is given, who alone answers for its failure.
      result.then(done(true), done(false))
      return result
    }

  return new Proxy(target, {
    get(_, name) {
      const known = timed.get(name as string)
      if (known) return known
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function' || typeof name !== 'string') return value
      const method = time(name, value as (...asked: unknown[]) => unknown)
      timed.set(name, method)
      return method
    },
  })
}
