const GENERATOR = 65_537
const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
]
const MORE_PRIMES = [107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167]

/**
 * Whether an RSA modulus bears the mark of the broken key generator of CVE-2017-15361 (ROCA): modulo every small prime it is
 * a power of 65537. A sound modulus is that by chance once in some hundred million.
 */
export const isRoca = (modulus: bigint): boolean =>
  [...PRIMES, ...MORE_PRIMES].every((prime) => powersModulo(prime).has(Number(modulus % BigInt(prime))))

function powersModulo(prime: number): Set<number> {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * GENERATOR) % prime) powers.add(power)
  return powers
}
