import type { Ask } from './ask.ts'
import { leadsBackBy } from './judge-latchkey.ts'
import { PAGE } from './requests.ts'

const INSIDE = ['/forward-auth/nginx', '/forward-auth/caddy', '/forward-auth/traefik']

/** Whether the sign-in page would lead back to an app; null when it could not be asked. */
export async function askLeadsBack(ask: Ask, publicUrl: string, app: URL): Promise<boolean | null> {
  const page = new URL('/signin', publicUrl)
  page.searchParams.set('next', app.href)
  return leadsBackBy(await ask(page, PAGE))
}

/** What the world is answered where only a proxy asks. */
export async function askInside(ask: Ask, publicUrl: string): Promise<Record<string, number | null>> {
  const statuses: Record<string, number | null> = {}
  for (const path of INSIDE) {
    const reply = await ask(new URL(path, publicUrl), PAGE)
    statuses[path] = reply.kind === 'answer' ? reply.status : null
  }
  return statuses
}
