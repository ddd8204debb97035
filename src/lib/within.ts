/**
 * What a promise comes to, or a TimeoutError when that takes longer than so many milliseconds. After a pause of our own, in which
 * the answer came, it is read first.
 */
export async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const giveUp = () => reject(new DOMException(`no answer within ${milliseconds} ms`, 'TimeoutError'))
  // Timers go before what sockets hold, and immediates after it.
  const timer = setTimeout(() => setImmediate(giveUp), milliseconds)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
