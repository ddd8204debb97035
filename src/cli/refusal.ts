/** A command that cannot be done: its sentences go to standard error, and the exit code is 1. */
export class Refusal extends Error {
  override name = 'Refusal'
}
