// Where the examples find FleetFlow and who they are: FLEETFLOW_URL and FLEETFLOW_TOKEN, or what a local `pnpm dev` uses.
import { resolve } from 'node:path'
import { acquireEmbedded } from '@fleetflow/db/embedded'
import { developmentIssuer, signDevelopmentToken } from '@fleetflow/server'

const renter = 'renter@demo.fleetflow.dev'
const home = resolve(import.meta.dirname, '..', process.env.FLEETFLOW_HOME || '.fleetflow')

export const url = process.env.FLEETFLOW_URL || 'http://127.0.0.1:3000'

/** The token of FLEETFLOW_TOKEN, else one of the demo renter that a server in development accepts. */
export async function token(): Promise<string> {
  return process.env.FLEETFLOW_TOKEN || (await signDevelopmentToken({ home, email: renter }))
}

/** For programs beside the database: whom they act for, and its address; without DATABASE_URL that of the embedded one. */
export async function database(): Promise<
  { databaseUrl: string; actor: { issuer: string; subject: string; email: string } } & AsyncDisposable
> {
  const actor = { issuer: developmentIssuer, subject: renter, email: renter }
  if (process.env.DATABASE_URL) return { databaseUrl: process.env.DATABASE_URL, actor, [Symbol.asyncDispose]: async () => {} }
  const embedded = await acquireEmbedded({ home })
  return { databaseUrl: embedded.apiUrl, actor, [Symbol.asyncDispose]: () => embedded.release() }
}

/** Two days from tomorrow at ten, or as long from another start. */
export function twoDays(start?: string): { startDate: string; endDate: string } {
  const from = start === undefined ? new Date() : new Date(start)
  if (start === undefined) {
    from.setUTCDate(from.getUTCDate() + 1)
    from.setUTCHours(10, 0, 0, 0)
  }
  return { startDate: from.toISOString(), endDate: new Date(from.getTime() + 48 * 3_600_000).toISOString() }
}

/** 12345 of EUR is `€123.45`; how many digits a currency has is the currency's. */
export function money(minorUnits: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency })
  return format.format(minorUnits / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}

/** Ends with exit code 1 and one readable line when the example fails. */
export async function main(example: () => Promise<void>): Promise<void> {
  try {
    await example()
  } catch (error) {
    console.error(`Failed: ${error instanceof Error ? error.message : String(error)}`)
    console.error('Is FleetFlow running? Start it with `npx pnpm dev`, or set FLEETFLOW_URL and FLEETFLOW_TOKEN (script.ts: DATABASE_URL).')
    process.exitCode = 1
  }
}
