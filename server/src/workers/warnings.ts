// What several workers share less than one server does, said when they start.
import { connectionLimit, type Database } from '@fleetflow/db'
import type { Settings } from '../env.ts'

/** Beside a worker's pool, the connection on which /health/ready asks; with the issuer, its pool. */
const probe = 1
const issuerPool = 5
/** The relay's and the sweeper's. */
const primary = 2

/** How many connections to the database a start with so many workers may open. */
function connectionsOf(settings: Pick<Settings, 'database' | 'issuer'>, workers: number): number {
  return workers * (settings.database.poolSize + probe + (settings.issuer === undefined ? 0 : issuerPool)) + primary
}

export async function warningsFor(settings: Settings, workers: number, database: Database): Promise<string[]> {
  const warnings: string[] = []
  if (settings.rateLimit.redisUrl === undefined) {
    warnings.push(
      `REDIS_URL is not set: each of the ${workers} workers counts rate limits for itself, so a caller may have up to ${workers} times as much`,
    )
  }
  // Where the database cannot be asked now, there is nothing to compare.
  const limit = await connectionLimit(database).catch(() => Number.POSITIVE_INFINITY)
  const wanted = connectionsOf(settings, workers)
  if (wanted > limit) {
    warnings.push(
      `${workers} workers may open ${wanted} connections, and the database lets all its users have ${limit}: lower DATABASE_POOL_SIZE or raise max_connections`,
    )
  }
  return warnings
}
