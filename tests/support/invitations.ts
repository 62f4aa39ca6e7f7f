// Invitations for tests, stored as they would be after invitations.create.
import { createHash, randomBytes } from 'node:crypto'
import type postgres from 'postgres'

export interface TestInvitation {
  id: string
  token: string
  hash: string
}

/** A token as invitations.create makes one, with the hash by which the database knows it. */
export function makeToken(): Omit<TestInvitation, 'id'> {
  const token = `ffi_${randomBytes(32).toString('base64url')}`
  return { token, hash: createHash('sha256').update(token).digest('hex') }
}

/** Stores an invitation of a fleet by its owner. `expires` is an offset from now, such as '-1 second'. */
export async function makeInvitation(
  sys: postgres.Sql,
  fleet: { id: string; ownerId: string },
  options: { role?: 'owner' | 'manager' | 'driver'; email?: string; expires?: string; invitedBy?: string } = {},
): Promise<TestInvitation> {
  const { token, hash } = makeToken()
  const [row] = await sys<{ id: string }[]>`
    insert into invitations (id, fleet_id, role, email, token_hash, invited_by, created_at, expires_at)
    values (private.uuid_v7(), ${fleet.id}, ${options.role ?? 'driver'}, ${options.email ?? null}, decode(${hash}, 'hex'),
            ${options.invitedBy ?? fleet.ownerId}, now() - interval '40 days', now() + ${options.expires ?? '7 days'}::interval)
    returning id`
  if (row === undefined) throw new Error('no invitation was stored')
  return { id: row.id, token, hash }
}
