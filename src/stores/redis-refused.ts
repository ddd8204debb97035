/** A Redis that must not be used as it is set: the message is a sentence that says what to do. */
export class RedisRefused extends Error {
  override name = 'RedisRefused'
}
