import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The least a Node server can do: every request gets the same answer. Started by processes.ts, which hands it over. */
const [{ headers, body }] = (await once(process, 'message')) as [
  { headers: Record<string, string>; body: string },
]
// As long as ours, for it is written into the answer's Keep-Alive header.
const server = createServer({ keepAliveTimeout: 75_000 }, (_request, response) => {
  response.writeHead(200, headers)
  response.end(body)
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('SIGTERM', () => process.exit())
