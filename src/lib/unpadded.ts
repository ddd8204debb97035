/** Bytes as base64 without its padding, as argon2 writes them. */
export const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')
