/** Whether a character code is of a space or a tab, the only blanks that a header has between its parts (RFC 9110 5.6.3). */
export const isBlank = (code: number): boolean => code === 0x20 || code === 0x09
