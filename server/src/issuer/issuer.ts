// The bundled issuer as a whole: its store, its mail, its library, and how this server trusts it without asking itself over HTTP.
import { type AuthStore, DatabaseError, openAuthStore } from '@fleetflow/db'
import type { Settings } from '../env.ts'
import type { TrustedIssuer } from '../http/auth/issuers.ts'
import { loadedKeys } from '../http/auth/keySource.ts'
import type { MailPort } from '../mail/port.ts'
import { createPostman } from '../mail/postman.ts'
import { printedMail } from '../mail/printed.ts'
import { smtpMail } from '../mail/smtp.ts'
import { SettingsError } from '../settingsError.ts'
import { developmentSecret } from './developmentSecret.ts'
import { configureLibrary, issuerAudience, type Library } from './library.ts'

export interface Issuer {
  publicUrl: string
  library: Library
  store: AuthStore
  /** For `createVerifier`: keys come from the store, at most every few seconds. */
  trusted: TrustedIssuer
  close(): Promise<void>
}

export interface IssuerParts {
  /** Instead of what the settings say. */
  mail?: MailPort
  keyLifetimeS?: number
  /** Told of mail that was given up and of work that is left for later. */
  onTrouble: (error: unknown) => void
}

const mailGraceMs = 3000
const forgetEveryMs = 3_600_000

/** undefined: the settings want none. Nothing is left open when it throws. Errors: SettingsError. */
export async function openIssuer(settings: Settings, parts: IssuerParts): Promise<Issuer | undefined> {
  const { issuer: options, production, home, corsOrigins } = settings
  if (options === undefined) return undefined
  const url = options.databaseUrl ?? (production ? undefined : settings.databaseUrl)
  if (url === undefined) throw new SettingsError(['AUTH_DATABASE_URL must be set with ISSUER=on: the database as the role fleetflow_auth'])
  const store = await openAuthStore({ url, statementTimeoutMs: settings.database.statementTimeoutMs })
  try {
    await requireRole(store, production)
    const port = parts.mail ?? (options.mail === undefined ? printedMail() : smtpMail(options.mail))
    const postman = createPostman(port, { onError: parts.onTrouble })
    const library = configureLibrary({
      store,
      publicUrl: options.publicUrl,
      origins: corsOrigins.filter((origin) => origin !== '*'),
      secret: options.secret ?? (await developmentSecret(home)),
      secureCookies: production || options.publicUrl.startsWith('https:'),
      post: postman.post,
      ...(parts.keyLifetimeS === undefined ? {} : { keyLifetimeS: parts.keyLifetimeS }),
    })
    const forget = () => void store.forgetExpired().catch(parts.onTrouble)
    forget()
    const forgetting = setInterval(forget, forgetEveryMs).unref()
    return {
      publicUrl: options.publicUrl,
      library,
      store,
      trusted: {
        issuer: options.publicUrl,
        audiences: [issuerAudience],
        algorithms: ['EdDSA'],
        keys: loadedKeys(() => library.keys(), {
          maxAgeMs: settings.tokens.keysMaxAgeMs,
          keptMs: settings.tokens.keysKeptMs,
          cooldownMs: 1000,
        }),
        hasSessions: true,
      },
      close: async () => {
        clearInterval(forgetting)
        await postman.close(mailGraceMs)
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** The issuer works as fleetflow_auth and, in production, logs in as nobody who could do more. While developing, a database may come later. */
async function requireRole(store: AuthStore, production: boolean): Promise<void> {
  const held = await store.privileges().catch((error: unknown) => {
    if (error instanceof DatabaseError && error.code === 'UNAVAILABLE' && !production) return undefined
    if (error instanceof DatabaseError && error.code === 'UNAVAILABLE') throw error
    throw new SettingsError([
      'AUTH_DATABASE_URL must log in as fleetflow_auth (or, while developing, as somebody who may become it), or set ISSUER=off',
    ])
  })
  if (!production || held === undefined || held.sessionUser === 'fleetflow_auth') return
  throw new SettingsError([`AUTH_DATABASE_URL must connect as fleetflow_auth in production, not as ${held.sessionUser}`])
}
