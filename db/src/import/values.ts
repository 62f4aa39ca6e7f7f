// Reads single values of a file strictly: instants with an offset, amounts of money, names.

export type Reason =
  | 'REQUIRED'
  | 'TEXT_TOO_LONG'
  | 'TEXT_INVALID'
  | 'OFFSET_REQUIRED'
  | 'DATE_INVALID'
  | 'AMOUNT_INVALID'
  | 'CURRENCY_INVALID'
  | 'PERIOD_INVALID'

const date = String.raw`(\d{4})-(\d{2})-(\d{2})`
const time = String.raw`([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?`
const offset = String.raw`(?:[Zz]|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)`
const instant = new RegExp(`^${date}[Tt ]${time}(${offset})?$`)

/** What is wrong with an ISO 8601 instant as text, undefined when PostgreSQL can read it. */
export function instantFault(text: string): Reason | undefined {
  if (text === '') return 'REQUIRED'
  const match = instant.exec(text)
  if (match === null) return 'DATE_INVALID'
  const [, year, month, day, , zone] = match
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > days || year === '0000') return 'DATE_INVALID'
  return zone === undefined ? 'OFFSET_REQUIRED' : undefined
}

/** What is wrong with a name or id, undefined when the database can keep it. */
export function nameFault(text: string): Reason | undefined {
  if (text === '') return 'REQUIRED'
  if (text.length > 200) return 'TEXT_TOO_LONG'
  return text.includes('\0') ? 'TEXT_INVALID' : undefined
}

const exponents: Record<string, number> = Object.fromEntries([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3]),
  ...'CLF UYW'.split(' ').map((code) => [code, 4]),
])

/** Decimals that ISO 4217 gives a currency; 2 for those not listed above. */
const exponentOf = (currency: string): number => exponents[currency] ?? 2

export const isCurrency = (text: string): boolean => /^[A-Z]{3}$/.test(text)

const largest = 9_007_199_254_740_991n

/** `12.5` in EUR is 1250n. Undefined for what is no amount of this currency: other text, too many decimals, negative, too large. */
export function minorUnitsOf(text: string, currency: string): bigint | undefined {
  const [, whole, decimals = ''] = /^(\d{1,16})(?:\.(\d+))?$/.exec(text) ?? []
  const exponent = exponentOf(currency)
  if (whole === undefined || decimals.replace(/0+$/, '').length > exponent) return undefined
  const amount = BigInt(whole + decimals.slice(0, exponent).padEnd(exponent, '0'))
  return amount <= largest ? amount : undefined
}
