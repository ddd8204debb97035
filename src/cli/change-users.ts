import type { Command } from 'commander'
import { explainPassword, type PasswordProblem } from '../accounts/password-rules.ts'
import { parseUsername, USERNAME_RULE } from '../accounts/user.ts'
import type { Config } from '../config.ts'
import { countLive, FROM_CLI, noSuchUser, userNamed, withAdmin } from './admin.ts'
import { readNewPassword } from './ask-password.ts'
import { count, describeUser, print, printJson } from './output.ts'
import { Refusal } from './refusal.ts'
import { type FieldOptions, readFields } from './user-fields.ts'

interface PasswordStdin {
  passwordStdin?: boolean
}

export const addUser = (username: string, options: FieldOptions & PasswordStdin & { json?: boolean }) =>
  withAdmin(async ({ accounts, config }) => {
    const fields = readFields(options)
    // Said before anybody types a password; `add` decides.
    if (!parseUsername(username)) throw new Refusal(USERNAME_RULE)
    if (await accounts.findByName(username)) throw taken(username)
    const password = await readNewPassword(options)
    const outcome = await accounts.add({ ...fields, username, password }, FROM_CLI)
    switch (outcome.kind) {
      case 'added':
        if (options.json) printJson(describeUser(outcome.user))
        else print(`Added ${outcome.user.username} (${outcome.user.role}).`)
        return
      case 'bad-username':
        throw new Refusal(USERNAME_RULE)
      case 'taken':
        throw taken(username)
      case 'bad-password':
        throw weak(outcome.problem, config)
      default:
        outcome satisfies never
    }
  })

export const changeUser = (username: string, options: FieldOptions, command: Command) => {
  if (Object.keys(options).length === 0)
    command.error('error: give at least one of --role, --email, --phone and --name')
  return withAdmin(async (deps) => {
    const fields = readFields(options)
    const user = await userNamed(deps, username)
    const ended = fields.role === undefined ? 0 : await countLive(deps, user)
    if (!(await deps.accounts.change(user, fields, FROM_CLI))) throw noSuchUser(username)
    print(`Changed ${user.username}${andEnded(ended)}.`)
  })
}

export const disableUser = (username: string) =>
  withAdmin(async (deps) => {
    const user = await userNamed(deps, username)
    const ended = await countLive(deps, user)
    if (!(await deps.accounts.change(user, { status: 'disabled' }, FROM_CLI))) throw noSuchUser(username)
    print(`Disabled ${user.username}${andEnded(ended)}.`)
  })

export const enableUser = (username: string) =>
  withAdmin(async (deps) => {
    const user = await userNamed(deps, username)
    if (!(await deps.accounts.change(user, { status: 'active' }, FROM_CLI))) throw noSuchUser(username)
    print(`Enabled ${user.username}.`)
  })

export const deleteUser = (username: string) =>
  withAdmin(async (deps) => {
    const user = await userNamed(deps, username)
    const ended = await countLive(deps, user)
    if (!(await deps.accounts.delete(user, FROM_CLI))) throw noSuchUser(username)
    print(`Deleted ${user.username}${andEnded(ended)}.`)
  })

export const setPassword = (username: string, options: PasswordStdin) =>
  withAdmin(async (deps) => {
    const user = await userNamed(deps, username)
    const newPassword = await readNewPassword(options)
    const ended = await countLive(deps, user)
    const outcome = await deps.accounts.setPassword(user, newPassword, FROM_CLI)
    switch (outcome.kind) {
      case 'changed':
        return print(`Changed the password of ${user.username}${andEnded(ended)}.`)
      case 'bad-password':
        throw weak(outcome.problem, deps.config)
      case 'gone':
        throw noSuchUser(username)
      default:
        outcome satisfies never
    }
  })

const andEnded = (sessions: number): string =>
  sessions === 0 ? '' : `, and ended ${count(sessions, 'session')}`
const taken = (username: string) => new Refusal(`The username ${username} is taken.`)
const weak = (problem: PasswordProblem, { passwordMinLength }: Config) =>
  new Refusal(`The password is refused. ${explainPassword(problem, { minLength: passwordMinLength })}`)
