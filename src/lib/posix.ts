/** Whether files have owners and modes. Windows has none. */
export const isPosix = process.platform !== 'win32'
