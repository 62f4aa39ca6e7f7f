// Which bearer token a call carries, and how a refused one is renewed: once, however many calls were refused with it.
import { CallFailure, causeText } from './failures.ts'

type Token = string | undefined

/** A function that gives a token; `null` or `undefined` when there is none. */
export type TokenProvider = () => string | null | undefined | Promise<string | null | undefined>

export interface TokenOptions {
  token?: string | TokenProvider | undefined
  refreshToken?: TokenProvider | undefined
}

/** Which token a call used: `given` by the program, and `used` instead of it if that one has been renewed since. */
export interface TokenUse {
  given: Token
  used: Token
}

export interface TokenSource {
  current(): Promise<TokenUse>
  /** Whether a call that was refused with this token can be sent again with another one. */
  renew(refused: TokenUse): Promise<boolean>
}

export function tokenSource({ token, refreshToken }: TokenOptions): TokenSource {
  // A renewed token stands in for the very token that was given. As soon as the program gives another one (somebody else signed in,
  // or it keeps the renewed one itself) or none (signed out), that counts.
  let replacement: { given: Token; fresh: string } | undefined
  let running: { given: Token; renewed: Promise<boolean> } | undefined

  async function current(): Promise<TokenUse> {
    const given = typeof token === 'function' ? await provided(token, 'token') : token
    const used = replacement !== undefined && replacement.given === given ? replacement.fresh : given
    return { given, used: checked(used) }
  }

  async function renewNow(given: Token, refresh: TokenProvider): Promise<boolean> {
    try {
      const fresh = await provided(refresh, 'refreshToken')
      if (fresh === undefined) return false
      replacement = { given, fresh }
      return true
    } finally {
      if (running?.given === given) running = undefined
    }
  }

  async function renew({ given, used }: TokenUse): Promise<boolean> {
    if (refreshToken === undefined || (typeof token === 'function' && given === undefined)) return false
    if (replacement !== undefined && replacement.given === given && replacement.fresh !== used) return true
    if (running === undefined || running.given !== given) running = { given, renewed: renewNow(given, refreshToken) }
    return running.renewed
  }

  return { current, renew }
}

async function provided(provide: TokenProvider, name: string): Promise<Token> {
  try {
    return (await provide()) ?? undefined
  } catch (cause) {
    throw new CallFailure('UNAUTHENTICATED', `${name} failed: ${causeText(cause)}`, { cause })
  }
}

/** Without this check a broken token would look like a broken network. */
function checked(token: Token): Token {
  const trimmed = token?.trim()
  if (trimmed === undefined || /^[\x21-\x7e]+$/.test(trimmed)) return trimmed
  throw new CallFailure('UNAUTHENTICATED', 'The token is empty or holds characters that no header can carry.')
}
