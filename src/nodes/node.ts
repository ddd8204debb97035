/** What a node that serves tells of itself. Instants are epoch seconds. */
export interface NodeRecord {
  /** A new one at each start. */
  id: string
  /** Where it runs and listens, as `host:port`: what an operator calls it by. */
  name: string
  version: string
  publicUrl: string
  /** What its SECRET can be told apart by. */
  secretPrint: string
  /** The keys it verifies with, oldest first. */
  kids: readonly string[]
  /** The key it signs with; null when it has none. */
  signingKid: string | null
  startedAt: number
  /** When it wrote this, by its own clock. */
  seenAt: number
}

/** A node as the database knows it. */
export interface SeenNode extends NodeRecord {
  /** How long ago it wrote, by the database's clock, in seconds. */
  seenAgoSeconds: number
  /** How far its clock was ahead of the database's when it wrote, in seconds; below zero when it was behind. */
  aheadSeconds: number
}

/** Where nodes tell of themselves, for `latchkey doctor` to read. Nothing that decides about a request asks it. */
export interface NodeStore {
  /** Writes a node, in the place of what it wrote before. */
  put(node: NodeRecord): Promise<void>
  /** By their names. */
  list(): Promise<SeenNode[]>
  delete(id: string): Promise<void>
  /** Forgets nodes that have not written for so many seconds, by the database's clock: theirs may be the wrong one. */
  purge(unseenSeconds: number): Promise<void>
}
