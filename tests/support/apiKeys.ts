// API keys for tests, stored as they would be after apiKeys.create.
import { createHash, randomBytes } from 'node:crypto'
import type { Actor } from '@fleetflow/db'
import type postgres from 'postgres'
import { makeUser } from './fixtures.ts'

export interface TestKey {
  id: string
  userId: string
  /** What the Authorization header carries. */
  secret: string
  hash: string
  actor: Actor
}

/** Stores a key of a fleet with its service user and membership. `expires` and `revoked` are offsets from now, such as '-1 hour'. */
export async function makeKey(
  sys: postgres.Sql,
  fleet: { id: string; ownerId: string },
  options: { procedures: readonly string[]; role?: 'manager' | 'driver'; name?: string; expires?: string; revoked?: string },
): Promise<TestKey> {
  const name = options.name ?? 'Script'
  const secret = `ffk_${randomBytes(32).toString('base64url')}`
  const hash = createHash('sha256').update(secret).digest('hex')
  const userId = await makeUser(sys, { name })
  await sys`insert into fleet_members (fleet_id, user_id, role) values (${fleet.id}, ${userId}, ${options.role ?? 'manager'})`
  const [row] = await sys<{ id: string }[]>`
    insert into api_keys (id, fleet_id, user_id, name, procedures, key_hash, hint, expires_at, revoked_at, created_by, created_at)
    values (private.uuid_v7(), ${fleet.id}, ${userId}, ${name}, ${sys.array([...options.procedures])}, decode(${hash}, 'hex'), ${secret.slice(-4)},
            now() + ${options.expires ?? '90 days'}::interval, now() + ${options.revoked ?? null}::interval, ${fleet.ownerId}, now() - interval '1 year')
    returning id`
  if (row === undefined) throw new Error('no key was stored')
  return { id: row.id, userId, secret, hash, actor: { apiKey: hash } }
}
