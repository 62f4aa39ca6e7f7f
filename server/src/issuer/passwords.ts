// Which passwords are taken, and how they are kept: none that is guessed first, and of the others a slow, salted hash.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'

export const passwordLength = { least: 8, most: 128 }

/** Words that people here would think of; a password is more than one of them with digits or signs around it. */
export const ownWords: readonly string[] = [
  'fleetflow',
  'fleet',
  'rental',
  'carrental',
  'booking',
  'password',
  'welcome',
  'admin',
  'administrator',
]

const common = new Set(
  readFileSync(new URL('commonPasswords.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')),
)

/** Whether a password is among those that are tried first, whoever the account belongs to. */
export function isCommon(password: string): boolean {
  const small = password.toLowerCase()
  return common.has(small) || /^(.)\1*$/u.test(small) || ownWords.includes(coreOf(small))
}

/** Whether a password is no more than the name or the address of its owner. */
export function isAbout(password: string, email: string, name: string): boolean {
  const small = password.toLowerCase()
  const [local = ''] = email.toLowerCase().split('@')
  if (small === email.toLowerCase()) return true
  const words = [local, ...name.toLowerCase().split(/\s+/), name.toLowerCase()].map(coreOf)
  return words.filter((word) => word.length > 2).includes(coreOf(small))
}

/** The letters alone. */
const coreOf = (text: string): string => text.replaceAll(/[^\p{L}]/gu, '')

// The cost that OWASP's cheat sheet of password storage asks for at 32 MiB; a stored hash names its own.
const cost = { N: 2 ** 15, r: 8, p: 3 }
const [saltBytes, hashBytes] = [16, 32]

/** Takes every character as it is: nothing is cut, folded or normalised. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const hash = await derive(password, salt, cost)
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

export async function verifyPassword({ hash, password }: { hash: string; password: string }): Promise<boolean> {
  const [kind, N, r, p, salt = '', expected = ''] = hash.split('$')
  if (kind !== 'scrypt') return false
  const found = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) })
  const wanted = Buffer.from(expected, 'base64url')
  return wanted.length === found.length && timingSafeEqual(wanted, found)
}

function derive(password: string, salt: Buffer, { N, r, p }: typeof cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, { N, r, p, maxmem: 256 * N * r }, (error, hash) => (error === null ? resolve(hash) : reject(error)))
  })
}
