// The API with its bundled issuer on a test database, a mailbox that takes what it sends, and people who sign up.
import type { Mail, MailPort } from '@fleetflow/server'
import { vi } from 'vitest'
import { openTestApp, type TestApp } from './app.ts'
import { openTestDatabase, type TestDatabase } from './database.ts'

export const publicUrl = 'http://fleetflow.test'
export const authSecret = 'a secret of the tests, thirty-two characters or more'

export interface IssuerApp extends TestApp {
  /** Everything that was mailed, oldest first. */
  mailbox: Mail[]
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
  get(path: string, headers?: Record<string, string>): Promise<Response>
}

export async function openIssuerApp(
  options: { settings?: Record<string, string>; database?: TestDatabase; mail?: MailPort } = {},
): Promise<IssuerApp> {
  const database = options.database ?? (await openTestDatabase({ demo: true }))
  const mailbox: Mail[] = []
  const mail = options.mail ?? { send: async (letter: Mail) => void mailbox.push(letter), close: () => {} }
  const settings = {
    ISSUER: 'on',
    PUBLIC_URL: publicUrl,
    AUTH_SECRET: authSecret,
    AUTH_DATABASE_URL: database.authUrl,
    ...options.settings,
  }
  const app = await openTestApp({ database, mail, settings })
  return {
    ...app,
    mailbox,
    post: (path, body, headers = {}) =>
      fetch(`${app.url}${path}`, {
        method: 'POST',
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    get: (path, headers = {}) => fetch(`${app.url}${path}`, { headers, redirect: 'manual' }),
  }
}

export const password = 'correct horse battery staple'

/** The newest mail to this address, once it has come. */
export function letterTo(app: IssuerApp, email: string, subject: RegExp): Promise<Mail> {
  return vi.waitFor(() => {
    const letter = app.mailbox.findLast((mail) => mail.to === email && subject.test(mail.subject))
    if (letter === undefined) throw new Error(`no such mail to ${email}`)
    return letter
  })
}

/** The path and query of the link in a mail. */
export function linkIn({ text }: Mail): string {
  const link = /^https?:\/\/\S+$/m.exec(text)?.[0]
  if (link === undefined) throw new Error('no link in this mail')
  const { pathname, search } = new URL(link)
  return `${pathname}${search}`
}

/** Signs up and opens the link that was mailed. */
export async function signUp(app: IssuerApp, email: string, name = 'Ada Stranger'): Promise<void> {
  const answer = await app.post('/auth/sign-up/email', { email, password, name })
  if (answer.status !== 200) throw new Error(`signing up answered ${answer.status}: ${await answer.text()}`)
  const verified = await app.get(linkIn(await letterTo(app, email, /^Verify/)))
  if (verified.status !== 200) throw new Error(`verifying answered ${verified.status}: ${await verified.text()}`)
}

/** Signs in; answers the session's token. */
export async function signIn(app: IssuerApp, email: string, secret = password): Promise<string> {
  const answer = await app.post('/auth/sign-in/email', { email, password: secret })
  if (answer.status !== 200) throw new Error(`signing in answered ${answer.status}: ${await answer.text()}`)
  return ((await answer.json()) as { token: string }).token
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** A short token for the API. */
export async function tokenOf(app: IssuerApp, session: string): Promise<string> {
  const answer = await app.get('/auth/token', bearer(session))
  if (answer.status !== 200) throw new Error(`asking for a token answered ${answer.status}: ${await answer.text()}`)
  return ((await answer.json()) as { token: string }).token
}
