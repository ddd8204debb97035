export type Ending =
  | 'signed-out'
  | 'ended-elsewhere'
  | 'ended-by-operator'
  | 'replaced'
  | 'reuse'
  | 'disabled'
  | 'deleted'
  | 'role-changed'
  | 'password-changed'
  | 'expired'

/** How a session ended, in the words of every page that tells of it. */
export const endings: Readonly<Record<Ending, string>> = {
  'signed-out': 'Signed out',
  'ended-elsewhere': 'Signed out: ended from another device',
  'ended-by-operator': 'Signed out: ended by whoever runs this server',
  replaced: 'Signed out: a new sign-in took its place',
  reuse: 'Signed out for your safety: an old copy of its sign-in was used',
  disabled: 'Signed out: the account was disabled',
  deleted: 'Signed out: the account was deleted',
  'role-changed': 'Signed out: the account was given another role',
  'password-changed': 'Signed out: the password was changed',
  expired: 'The sign-in expired',
}
