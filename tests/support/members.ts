// What people do to the members of a fleet, by verb.
import { call, type Database } from '@fleetflow/db'
import { as, type TestFleet } from './fixtures.ts'

interface Member {
  userId: string
  name: string
  email: string | null
  role: string
  service: boolean
}

/** Each call as the actor that is its first argument. */
export const memberCalls = (api: Database, fleet: TestFleet) => ({
  list: (actor: string, page: { page_limit?: number; page_cursor?: string | null } = {}) =>
    call(api, 'list_members_rpc', { fleet: fleet.slug, ...page, actor: as(actor) }) as Promise<{
      items: Member[]
      nextCursor: string | null
    }>,
  setRole: (actor: string, user_id: string, role: string) =>
    call(api, 'set_member_role_rpc', { fleet: fleet.id, user_id, role, actor: as(actor) }) as Promise<Member>,
  remove: (actor: string, user_id: string) => call(api, 'remove_member_rpc', { fleet: fleet.id, user_id, actor: as(actor) }),
  leave: (actor: string) => call(api, 'leave_fleet_rpc', { fleet: fleet.id, actor: as(actor) }),
  transfer: (actor: string, user_id: string) => call(api, 'transfer_fleet_rpc', { fleet: fleet.id, user_id, actor: as(actor) }),
})
