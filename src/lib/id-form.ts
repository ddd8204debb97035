const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Whether a text is an id of ours: a UUIDv7 in its canonical form (RFC 9562 5.7). */
export const isId = (text: string): boolean => UUID_V7.test(text)

/** When an id was made, in epoch seconds: a UUIDv7 begins with its milliseconds. */
export const idTime = (id: string): number =>
  Math.floor(Number.parseInt(id.slice(0, 13).replace('-', ''), 16) / 1000)
