import { read } from 'read'
import { Refusal } from './refusal.ts'

/** Where a password is read from and what is shown: standard input and standard error, or a test's streams. */
export interface Terminal {
  input: NodeJS.ReadableStream & { isTTY?: boolean }
  output: NodeJS.WritableStream & { isTTY?: boolean }
}

const LONGEST_LINE_BYTES = 64 * 1024

/**
 * The new password: one line of standard input, or asked for twice, without echo. It is never an argument, for those are
 * in the shell's history and in every process list. Throws a Refusal when there is nobody to ask.
 */
export function readNewPassword(
  { passwordStdin = false }: { passwordStdin?: boolean },
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<string> {
  return passwordStdin ? readLine(terminal.input) : askTwice(terminal)
}

/** The password of somebody who has one: as the new one is read, and asked for once. */
export async function readPassword(
  { passwordStdin = false }: { passwordStdin?: boolean },
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<string> {
  if (passwordStdin) return readLine(terminal.input)
  demandTerminal(terminal)
  return ask('Password:', terminal)
}

/** Both: only with a terminal on each side is the echo ours to switch off, and the question seen. */
function demandTerminal({ input, output }: Terminal): void {
  if (!input.isTTY || !output.isTTY)
    throw new Refusal(
      'There is no terminal to ask for the password on. Give it as one line of standard input, with --password-stdin.',
    )
}

async function askTwice(terminal: Terminal): Promise<string> {
  demandTerminal(terminal)
  const password = await ask('New password:', terminal)
  const again = await ask('The same again:', terminal)
  if (password !== again) throw new Refusal('The two passwords are not the same, so nothing was done.')
  return password
}

/** Asks once. Ctrl+C and Ctrl+D are a Refusal. */
async function ask(prompt: string, { input, output }: Terminal): Promise<string> {
  const cancelled = new Refusal('Cancelled, so nothing was done.')
  let closed = () => {}
  try {
    return await Promise.race([
      read({ prompt, silent: true, terminal: true, input, output }).catch(() => {
        throw cancelled
      }),
      // `read` never hears of Ctrl+D. It pauses the input at once; an answer does too, but has been given by then.
      new Promise<never>((_, reject) => {
        closed = () => setImmediate(() => reject(cancelled))
        input.once('pause', closed)
      }),
    ])
  } finally {
    input.removeListener('pause', closed)
    output.write('\n')
  }
}

/** The first line without its line end, and nothing else taken away: a space at its end is part of the password. */
async function readLine(input: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk)
    chunks.push(bytes)
    size += bytes.length
    if (bytes.includes('\n') || size > LONGEST_LINE_BYTES) break
  }
  if (size === 0) throw new Refusal('There is no password on standard input.')
  const bytes = Buffer.concat(chunks)
  const end = bytes.indexOf('\n')
  return end < 0 ? decode(bytes) : decode(bytes.subarray(0, end)).replace(/\r$/, '')
}

/** Strict: bytes that are no UTF-8 would all become the same sign, and the password another one than was meant. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Refusal('The password on standard input is not UTF-8 text.')
  }
}
