// By the numbers that Linux gives them (statfs(2)), for those on which two machines may have one file open.
const SHARED_BY_NETWORK: Record<number, string> = {
  26985: 'NFS',
  20859: 'SMB',
  4283649346: 'SMB',
  4266872130: 'SMB',
  1397113167: 'AFS',
  12805120: 'Ceph',
  16914839: '9P',
}

/** What a file system that is reached over a network is called; null for any other, or one that is not known. */
export const networkFileSystem = (type: number): string | null => SHARED_BY_NETWORK[type] ?? null
