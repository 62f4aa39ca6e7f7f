// What the rivals share: who calls (the same tokens, verified as jose's documentation shows), a price, and saying where they listen.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { developmentAudience, developmentIssuer } from '@fleetflow/server'
import { importJWK, type JWK, jwtVerify } from 'jose'
import { z } from 'zod'

/**
 * The address of the database for a role that bypasses row level security. Neither our triggers nor foreign keys are run for what they insert:
 * `prevent_overlap` and the indexes are all that the table costs them.
 */
export const databaseUrl = process.env.BENCH_DATABASE_URL ?? ''
export const withoutTriggers = { session_replication_role: 'replica' }

/** As many as FleetFlow has, and the default of node-postgres. */
export const poolSize = 10

/** What one books with. */
export const bookingInput = z.object({ carId: z.uuid(), startDate: z.iso.datetime(), endDate: z.iso.datetime() })

const stored = JSON.parse(readFileSync(join(process.env.FLEETFLOW_HOME ?? '', 'development-key.json'), 'utf8')) as JWK
const { d: _private, ...publicJwk } = stored
const key = await importJWK(publicJwk, 'EdDSA')

/** The caller's address, which is the token's subject. */
export async function callerOf(authorization: string | undefined): Promise<string> {
  const { payload } = await jwtVerify(authorization?.replace('Bearer ', '') ?? '', key, {
    issuer: developmentIssuer,
    audience: developmentAudience,
  })
  return payload.sub ?? ''
}

/** Whole days, and the hours that remain up to a day's rate. */
export function priceOf(start: Date, end: Date, rates: { dayRate: number; hourRate: number; minimumCharge: number }): number {
  const hours = Math.ceil((end.getTime() - start.getTime()) / 3_600_000)
  const total = Math.floor(hours / 24) * rates.dayRate + Math.min((hours % 24) * rates.hourRate, rates.dayRate)
  return Math.max(total, rates.minimumCharge)
}

export const announce = (url: string): void => void process.stdout.write(`${JSON.stringify({ url })}\n`)
