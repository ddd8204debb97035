import { GOOD_PASSWORD } from '../testing.ts'
import { openDevice } from './device.testing.ts'
import { type Asked, type Client, openApp } from './requests.testing.ts'

/** For tests only: somebody who changes their password. */

export const NEXT = 'another plain sentence'
export const form = { current_password: GOOD_PASSWORD, new_password: NEXT }

export async function withDevice({
  as = 'json',
  remember = false,
}: {
  as?: Client
  remember?: boolean
} = {}) {
  const latchkey = await openApp()
  await latchkey.addUser()
  const device = openDevice(latchkey, { as })
  await device.signIn({ remember })
  const change = (asked: Asked = { form }) => device.ask('/account/password', asked)
  /** Whether a password signs in now. */
  const isPassword = async (password: string) =>
    (await latchkey.ask('/login', { json: { username: 'user1', password } })).status === 200
  return { ...latchkey, device, change, isPassword }
}
