// What a failed command says: one line with what to do, by the error's class and code, never by its text.
import { BootstrapError, ImportError, MigrationMismatch } from '@fleetflow/db/admin'
import { EmbeddedError } from '@fleetflow/db/embedded'
import { SettingsError } from '../env.ts'
import { CommandError, type ExitCode, UsageError } from './command.ts'

interface Described {
  message: string
  code: string
  exitCode: ExitCode
}

/** SQLSTATEs and system codes that a person can put right. */
const advice: Record<string, string> = {
  ECONNREFUSED: 'Nothing answers at the address of DATABASE_URL: is PostgreSQL running there?',
  ENOTFOUND: 'The host of DATABASE_URL is not known',
  EAI_AGAIN: 'The host of DATABASE_URL cannot be looked up',
  CONNECT_TIMEOUT: 'Nothing answers at the address of DATABASE_URL within 10 seconds',
  CONNECTION_CLOSED: 'The database closed the connection',
  CONNECTION_ENDED: 'The database closed the connection',
  '28P01':
    'The database refuses the user or password of DATABASE_URL or DATABASE_ADMIN_URL; `pnpm fleetflow migrate` makes fleetflow_api and sets its password',
  '28000': 'The database refuses the user of DATABASE_URL or DATABASE_ADMIN_URL',
  '3D000': 'The database named in DATABASE_URL does not exist: create it first',
  '42501': 'The database user may not do that: DATABASE_ADMIN_URL must name an administrator (CREATEROLE, owner of the database)',
  '57P01': 'The database was stopped while the command ran',
  '57P03': 'The database is starting or stopping: try again',
  EADDRINUSE: 'The port is taken: set PORT to another one',
  EACCES: 'No permission',
}

const known = [CommandError, SettingsError, EmbeddedError, BootstrapError, ImportError, MigrationMismatch] as const

export function describeError(error: unknown): Described {
  if (error instanceof UsageError) return { message: error.message, code: 'USAGE', exitCode: 2 }
  const code = codeOf(error)
  const text = error instanceof Error ? error.message : String(error)
  if (known.some((kind) => error instanceof kind)) return { message: text, code: code ?? 'FAILED', exitCode: 1 }
  const advised = code === undefined ? undefined : advice[code]
  if (advised !== undefined) return { message: `${advised} (${code})`, code: code ?? 'FAILED', exitCode: 1 }
  return { message: `${text.split('\n')[0]}${code === undefined ? '' : ` (${code})`}`, code: code ?? 'INTERNAL', exitCode: 1 }
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
