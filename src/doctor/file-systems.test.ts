import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { networkFileSystem } from './file-systems.ts'

describe('a file system that is reached over a network', () => {
  for (const [type, name] of [
    [0x6969, 'NFS'],
    [0xff534d42, 'SMB'],
    [0xfe534d42, 'SMB'],
    [0x517b, 'SMB'],
    [0x01021997, '9P'],
    [0x00c36400, 'Ceph'],
    [0x5346414f, 'AFS'],
    // ext4, XFS, Btrfs, tmpfs, overlay, and what other systems say.
    ...[0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0, 26].map((type) => [type, null] as const),
  ] as const)
    it(`${name ? `is ${name}` : 'is not'}: 0x${type.toString(16)}`, () =>
      assert.equal(networkFileSystem(type), name))
})
