import type { Command } from 'commander'
import { openStores, WAITING } from '../stores/open.ts'
import { importLines } from '../transfer/import.ts'
import { count, print } from './output.ts'
import { Refusal } from './refusal.ts'
import { settings } from './settings.ts'

export function importCommand(program: Command): void {
  program
    .command('import')
    .description('take in what export wrote, from standard input: all of it, or nothing')
    .option('--merge', 'also into a database that has users: those who are not there yet are added')
    .action(importAll)
}

async function importAll({ merge = false }: { merge?: boolean }): Promise<void> {
  const { dataDir, databaseUrl } = settings()
  if (process.stdin.isTTY)
    throw new Refusal('Give what export wrote on standard input: latchkey import < users.jsonl')
  // Without Redis, which has none of it and need not answer.
  const stores = await openStores({ dataDir, databaseUrl }, () => process.stderr.write(`${WAITING}\n`))
  try {
    const { users, events } = await importLines(process.stdin, stores.takeIn, { merge })
    print(`Took in ${amounts(users.added, events.added)}.`)
    if (users.there + events.there > 0)
      print(`Left alone ${amounts(users.there, events.there)}, which were there already.`)
    print(
      'Sessions are not carried over: people sign in again, unless both databases go with the same Redis.',
    )
  } finally {
    await stores.close()
    // Refused before its end, it would keep us waiting for whoever writes it.
    process.stdin.destroy()
  }
}

const amounts = (users: number, events: number): string =>
  `${count(users, 'user')} and ${count(events, 'line')} of the audit log`
