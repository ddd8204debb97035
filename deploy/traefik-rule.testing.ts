/** For tests only: the rules by which Traefik finds a router, as far as traefik-dynamic.yml has them. */

export interface Routed {
  method: string
  /** In small letters, without port and dot at its end. */
  host: string
  /** Decoded. */
  path: string
  headers: readonly (readonly [name: string, value: string])[]
}

type Test = (request: Routed) => boolean

const TOKEN = /\s*(&&|\|\||!|\(|\)|,|`[^`]*`|\w+)/y

/** Whether a request is one that the rule is for. */
export function parseRule(rule: string): Test {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  for (let found = TOKEN.exec(rule); found; found = TOKEN.exec(rule)) tokens.push(found[1] ?? '')
  const take = (wanted?: string): string => {
    const token = tokens.shift() ?? ''
    if (token === '' || (wanted && token !== wanted)) throw new Error(`not a rule: ${rule}`)
    return token
  }

  // `&&` binds closer than `||`, and `!` closer than both.
  function either(): Test {
    const one = both()
    if (tokens[0] !== '||') return one
    take()
    const other = either()
    return (request) => one(request) || other(request)
  }
  function both(): Test {
    const one = single()
    if (tokens[0] !== '&&') return one
    take()
    const other = both()
    return (request) => one(request) && other(request)
  }
  function single(): Test {
    const token = take()
    if (token === '!') {
      const test = single()
      return (request) => !test(request)
    }
    if (token === '(') {
      const test = either()
      take(')')
      return test
    }
    return matcher(token, values())
  }
  function values(): string[] {
    take('(')
    const all = [take().slice(1, -1)]
    while (take() === ',') all.push(take().slice(1, -1))
    return all
  }

  const test = either()
  if (tokens.length > 0) throw new Error(`not a rule: ${rule}`)
  return test
}

function matcher(name: string, [first = '', second = '']: string[]): Test {
  switch (name) {
    case 'Host':
      return ({ host }) => host === first
    case 'Method':
      return ({ method }) => method === first
    case 'PathPrefix':
      return ({ path }) => path.startsWith(first)
    case 'PathRegexp':
      return ({ path }) => pattern(first).test(path)
    case 'HeaderRegexp':
      return ({ headers }) =>
        headers.some(
          ([key, value]) => key.toLowerCase() === first.toLowerCase() && pattern(second).test(value),
        )
    default:
      throw new Error(`no such matcher: ${name}`)
  }
}

/** Go writes at the start what JavaScript takes beside it. */
const pattern = (text: string): RegExp =>
  text.startsWith('(?i)') ? new RegExp(text.slice('(?i)'.length), 'i') : new RegExp(text)
