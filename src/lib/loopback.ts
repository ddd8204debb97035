const NAMES = ['localhost', '::1', '[::1]']

/** Whether a host name, as in a URL or to listen on, means this machine only. */
export const isLoopback = (hostname: string): boolean =>
  NAMES.includes(hostname) || /^127(\.\d{1,3}){3}$/.test(hostname)
