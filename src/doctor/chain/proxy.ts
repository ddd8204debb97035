/** The proxies that a file of deploy/ is for. */
export type ProxyKind = 'nginx' | 'Caddy' | 'HAProxy' | 'Traefik'

const SAYS: readonly [RegExp, ProxyKind][] = [
  [/\b(nginx|openresty)\b/i, 'nginx'],
  [/\bcaddy\b/i, 'Caddy'],
]

/** By the headers Server and Via. Null when they do not tell, as those of HAProxy and Traefik, which say nothing of themselves. */
export const proxyOf = (server: string): ProxyKind | null =>
  SAYS.find(([says]) => says.test(server))?.[1] ?? null
