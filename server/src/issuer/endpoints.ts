// Which of the library's endpoints can be reached, and exactly what each of them takes; everything else below /auth does not exist.
import { z } from 'zod'
import { isAbout, isCommon, passwordLength } from './passwords.ts'

const storable = (value: string) => value.isWellFormed() && !value.includes('\0')
const text = (most: number, least = 1) => z.string().min(least).max(most).refine(storable, 'Text may not hold NUL or unpaired surrogates')

const email = z.email().max(254)
/** What somebody says their password is. */
const password = text(passwordLength.most)
const guessable = { message: 'Others would guess this password', params: { reason: 'COMMON_PASSWORD' } }
const newPassword = text(passwordLength.most, passwordLength.least).refine((value) => !isCommon(value), guessable)
/**
 * A page of the application; the library takes only those of trusted origins. But it looks at a path before dots are resolved and redirects to
 * what comes out: `/.//evil.example` is then the page `//evil.example`, of another host.
 */
const page = text(1000).refine((value) => !leadsAway(value), 'Must be a page of a trusted origin')
const leadsAway = (value: string) => value.startsWith('/') && (URL.parse(value, 'https://page.invalid')?.pathname.startsWith('//') ?? true)
const nothing = z.strictObject({})

export interface Endpoint {
  method: 'GET' | 'POST'
  /** Below /auth, as the library names it. */
  path: string
  input: z.ZodType
  /** Somebody tries to prove who they are, or has mail sent. */
  signIn?: boolean
  /** What the library is told besides. */
  always?: Readonly<Record<string, unknown>>
  /** The answer takes at least this long, so that its time does not tell whether there was anything to do. */
  leastMs?: number
}

export const endpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/sign-up/email',
    input: z
      .strictObject({ email, password: newPassword, name: text(200), callbackURL: page.optional() })
      .refine((person) => !isAbout(person.password, person.email, person.name), { ...guessable, path: ['password'] }),
    signIn: true,
  },
  {
    method: 'POST',
    path: '/sign-in/email',
    input: z.strictObject({ email, password, rememberMe: z.boolean().optional() }),
    signIn: true,
  },
  { method: 'POST', path: '/sign-out', input: nothing },
  { method: 'GET', path: '/get-session', input: nothing },
  { method: 'GET', path: '/list-sessions', input: nothing },
  { method: 'POST', path: '/revoke-session', input: z.strictObject({ token: text(200) }) },
  { method: 'POST', path: '/revoke-sessions', input: nothing },
  { method: 'POST', path: '/revoke-other-sessions', input: nothing },
  { method: 'GET', path: '/token', input: nothing },
  { method: 'GET', path: '/verify-email', input: z.strictObject({ token: text(2000), callbackURL: page.optional() }), signIn: true },
  {
    method: 'POST',
    path: '/send-verification-email',
    input: z.strictObject({ email, callbackURL: page.optional() }),
    signIn: true,
  },
  {
    method: 'POST',
    path: '/request-password-reset',
    input: z.strictObject({ email, redirectTo: page.optional() }),
    signIn: true,
    leastMs: 300,
  },
  { method: 'POST', path: '/reset-password', input: z.strictObject({ token: text(200), newPassword }), signIn: true },
  {
    method: 'POST',
    path: '/change-password',
    input: z.strictObject({ currentPassword: password, newPassword, revokeOtherSessions: z.literal(true).optional() }),
    signIn: true,
    always: { revokeOtherSessions: true },
  },
]
