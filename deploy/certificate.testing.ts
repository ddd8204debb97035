import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** For tests only. */

const run = promisify(execFile)

/** Makes fullchain.pem and privkey.pem, self-signed, good for two days. `subject` is as openssl writes it: `DNS:localhost,…` */
export async function makeCertificate(folder: string, subject: string): Promise<string> {
  const certificate = join(folder, 'fullchain.pem')
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', `subjectAltName=${subject}`],
    ...['-keyout', join(folder, 'privkey.pem'), '-out', certificate],
  ])
  return readFile(certificate, 'utf8')
}
