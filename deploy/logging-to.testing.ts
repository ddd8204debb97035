/** For tests only: the program as it is, or, with `log`, with all that it says in that file of its folder. */
export const loggingTo = (log: string | undefined, binary: string, args: string[]) =>
  log === undefined
    ? { binary, args }
    : { binary: '/bin/sh', args: ['-c', `exec "$0" "$@" >>${log} 2>&1`, binary, ...args] }
