// The library behind the bundled issuer (better-auth), configured: passwords, sessions, short tokens without anything personal, mailed links.
import type { AuthStore } from '@fleetflow/db'
import { betterAuth } from 'better-auth'
import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { bearer, jwt } from 'better-auth/plugins'
import type { Mail } from '../mail/port.ts'
import { knownAddressLetter, resetLetter, verificationLetter } from './letters.ts'
import { hashPassword, passwordLength, verifyPassword } from './passwords.ts'

export const issuerAudience = 'fleetflow'
export const basePath = '/auth'

const minute = 60
const day = 24 * 60 * minute

export interface LibraryOptions {
  store: AuthStore
  publicUrl: string
  /** Origins of browser applications, beside `publicUrl`, that may act with cookies and be named in links. */
  origins: readonly string[]
  secret: string
  secureCookies: boolean
  post: (mail: Mail) => void
  /** For tests: how long a key signs; 30 days unless told. */
  keyLifetimeS?: number
}

/** What the rest of the issuer needs of the library. */
export interface Library {
  handler(request: Request): Promise<Response>
  /** A JWK Set: the key that signs, and those that have signed what may still be valid. */
  keys(): Promise<{ keys: object[] }>
}

export function configureLibrary(options: LibraryOptions): Library {
  const { store, publicUrl, secret, secureCookies } = options
  const auth = betterAuth({
    baseURL: publicUrl,
    basePath,
    secret,
    database: drizzleAdapter(store.database, { provider: 'pg', schema: store.tables, transaction: true }),
    trustedOrigins: [publicUrl, ...options.origins],
    emailAndPassword: passwords(options),
    emailVerification: {
      expiresIn: 60 * minute,
      sendOnSignUp: true,
      autoSignInAfterVerification: false,
      sendVerificationEmail: async ({ user, url }) => options.post(verificationLetter(user.email, withoutRootCallback(url))),
    },
    session: { expiresIn: 7 * day, updateAge: day, cookieCache: { enabled: false } },
    // Whoever reads the table can use nothing of it.
    verification: { storeIdentifier: 'hashed' },
    advanced: {
      database: { generateId: 'uuid' },
      // The library's own prefix would be __Secure-, which another host of the domain may write as well.
      cookiePrefix: secureCookies ? '__Host-fleetflow' : 'fleetflow',
      useSecureCookies: false,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', secure: secureCookies },
      // Said explicitly, because the library leaves both out where NODE_ENV is test.
      disableCSRFCheck: false,
      disableOriginCheck: false,
      ipAddress: { disableIpTracking: true },
    },
    plugins: [bearer({ requireSignature: true }), tokens(publicUrl, options.keyLifetimeS ?? 30 * day)],
    // Limits and logs are the server's own; the library would write addresses into its log.
    rateLimit: { enabled: false },
    logger: { disabled: true },
    telemetry: { enabled: false },
    onAPIError: { throw: true },
  })
  return { handler: (request) => auth.handler(request), keys: () => auth.api.getJwks() }
}

/** A token says who, in which session, for whom and until when; the name and the address stay here. */
function tokens(issuer: string, keyLifetimeS: number) {
  return jwt({
    disableSettingJwtHeader: true,
    jwks: { keyPairConfig: { alg: 'EdDSA', crv: 'Ed25519' }, rotationInterval: keyLifetimeS, gracePeriod: 7 * day },
    jwt: {
      issuer,
      audience: issuerAudience,
      expirationTime: '10m',
      definePayload: ({ session }) => ({ sid: session.id }),
      getSubject: ({ user }) => user.id,
    },
  })
}

function passwords({ post, publicUrl }: LibraryOptions) {
  return {
    enabled: true,
    requireEmailVerification: true,
    autoSignIn: false,
    minPasswordLength: passwordLength.least,
    maxPasswordLength: passwordLength.most,
    password: { hash: hashPassword, verify: verifyPassword },
    revokeSessionsOnPasswordReset: true,
    resetPasswordTokenExpiresIn: 60 * minute,
    sendResetPassword: async ({ user, url, token }: { user: Person; url: string; token: string }) => {
      post(resetLetter(user.email, token, pageFor(url, token, publicUrl)))
    },
    onExistingUserSignUp: async ({ user }: { user: Person }) => post(knownAddressLetter(user.email)),
  }
}

interface Person {
  email: string
}

/** The application's own page, if it named one: the token would pass through this server's log as a path. */
function pageFor(url: string, token: string, publicUrl: string): string | undefined {
  const page = new URL(url).searchParams.get('callbackURL')
  if (page === null || page === '') return undefined
  const link = new URL(page, publicUrl)
  link.searchParams.set('token', token)
  return link.href
}

/** Where nobody named a page, opening the link is answered by this server itself. */
function withoutRootCallback(url: string): string {
  const link = new URL(url)
  if (link.searchParams.get('callbackURL') === '/') link.searchParams.delete('callbackURL')
  return link.href
}
