/** What was to be taken in is not, and nothing of it was kept: the message is sentences for the operator. */
export class ImportRefused extends Error {
  override name = 'ImportRefused'
}

/** About one line. Never with anything of the line itself, which may hold a password's hash. */
export const badLine = (number: number, what: string): ImportRefused =>
  new ImportRefused(`Line ${number} ${what}. Nothing was kept.`)
