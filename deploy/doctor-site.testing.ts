import './test-names.testing.ts'
import { mkdir } from 'node:fs/promises'
import { BlockList } from 'node:net'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Config } from '../src/config.ts'
import { type ChainAsked, examineChain } from '../src/doctor/chain/examine-chain.ts'
import { GOOD_PASSWORD } from '../src/testing.ts'
import {
  ADMIN_PATH,
  openSite,
  type Place,
  type RunningProxy,
  type StartProxy,
} from './forward-auth.testing.ts'

/** For tests only: a site whose proxy and whose settings can be broken, and the doctor's words of it. */

export async function openDoctorSite(startProxy: StartProxy) {
  let place: Place | undefined
  let proxy: RunningProxy | undefined
  const site = await openSite(async (given) => {
    place = given
    proxy = await startProxy(given)
    return { stop: async () => proxy?.stop() }
  })
  // Of the process of the test alone.
  setDefaultCACertificates([...getCACertificates(), site.ca])
  const sound = site.deps.config
  let times = 0

  async function setLatchkey(changes: Partial<Config>) {
    await site.stopLatchkey()
    Object.assign(site.deps, { config: { ...sound, ...changes } })
    await site.wakeLatchkey()
  }

  return {
    ...site,
    certificate: place?.certificate ?? '',
    /** Another proxy in the place of the one that runs. */
    async replaceProxy(start: StartProxy) {
      if (!place) throw new Error('there is no place for a proxy')
      await proxy?.stop()
      const folder = join(place.folder, String(++times))
      await mkdir(folder)
      proxy = await start({ ...place, folder })
    },
    setLatchkey,
    /** What is not well, one line for each, as it is with these settings of Latchkey. */
    async examine(asked: Partial<ChainAsked> = {}): Promise<string[]> {
      const examined = await examineChain({
        url: new URL('/wiki?q=1', site.url),
        publicUrl: site.authUrl,
        adminUrl: null,
        account: null,
        settings: null,
        ...asked,
      })
      return examined.flatMap((finding) =>
        finding.level === 'ok' ? [] : [`${finding.check}: ${finding.sentence} ${finding.whatToDo}`],
      )
    },
    adminUrl: new URL(ADMIN_PATH, site.url),
  }
}

export type DoctorSite = Awaited<ReturnType<typeof openDoctorSite>>

export const ADA = { username: 'ada', password: GOOD_PASSWORD }

export const NOBODY = new BlockList()
