import dns from 'node:dns'

/** For tests only, by `--import`: names of tests lead to this machine, as a resolver would say, so that a program can call them by name. */

const AT_HOME = { address: '127.0.0.1', family: 4 }
const { lookup } = dns

Object.assign(dns, {
  lookup(name: string, ...rest: unknown[]) {
    if (!/\.example\.test\.?$/.test(name)) return Reflect.apply(lookup, dns, [name, ...rest])
    const [options] = rest
    const done = rest.at(-1) as (error: null, address: unknown, family?: number) => void
    if (typeof options === 'object' && options !== null && 'all' in options && options.all)
      done(null, [AT_HOME])
    else done(null, AT_HOME.address, AT_HOME.family)
  },
})
