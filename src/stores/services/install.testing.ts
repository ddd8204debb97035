import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { postgresFolder } from './postgres.testing.ts'
import { redisFolder } from './redis.testing.ts'

const APT = '/usr/bin/apt-get'
const APT_MILLISECONDS = 300_000
const LOCK_SECONDS = 200

// Asked by Debian's packages before they start a service: 101 forbids it. We start our own, on ports of our own.
const POLICY = '/usr/sbin/policy-rc.d'
const NO_SERVICE = '#!/bin/sh\nexit 101\n'

/** As root on Debian, installs the engines that are missing. */
export function installMissing(say: (text: string) => void): void {
  const missing = [
    ...(postgresFolder() === null ? ['postgresql'] : []),
    ...(redisFolder() === null ? ['redis-server'] : []),
  ]
  if (missing.length === 0 || process.getuid?.() !== 0 || !existsSync(APT)) return
  say(`Installing ${missing.join(' and ')} with apt-get, for the tests.`)
  apt('update')
  withoutServices(() => apt('install', '-y', '--no-install-recommends', ...missing))
}

function withoutServices(work: () => void): void {
  // The operator's own policy stays.
  const isOurs = !existsSync(POLICY)
  if (isOurs) writeFileSync(POLICY, NO_SERVICE, { mode: 0o755 })
  try {
    work()
  } finally {
    if (isOurs) rmSync(POLICY, { force: true })
  }
}

const apt = (...args: string[]) =>
  spawnSync(APT, ['-o', `DPkg::Lock::Timeout=${LOCK_SECONDS}`, ...args], {
    stdio: 'ignore',
    timeout: APT_MILLISECONDS,
    killSignal: 'SIGKILL',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
