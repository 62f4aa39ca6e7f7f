// One valid call of every entry function, in a small world in which each succeeds.
import type { Actor, BatchName, FunctionName } from '@fleetflow/db'
import type postgres from 'postgres'
import { makeKey } from './apiKeys.ts'
import { as, makeFleet, makeTrip, makeUser, type TestFleet } from './fixtures.ts'
import { makeInvitation, makeToken } from './invitations.ts'

export type EntryCall = Readonly<Record<string, unknown>> & { actor: Actor; callerId: string }

const period = { start_date: '2031-06-01T10:00:00Z', end_date: '2031-06-02T10:00:00Z' }
const tariff = { dayRate: 5000, hourRate: 800, minimumCharge: 1000, seasons: [] }
const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString()

/** Rows that the calls name. */
async function makeRows(sql: postgres.Sql, fleet: TestFleet) {
  const [, c1 = '', c2 = '', c3 = '', c4 = '', c5 = '', c6 = ''] = fleet.carIds
  const renterId = fleet.ownerId
  const of = (carId: string, start: string, end: string, status?: 'active' | 'completed') =>
    makeTrip(sql, fleet, { carId, renterId, start, end, ...(status ? { status } : {}) })
  const [requested] = await sql<{ id: string }[]>`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency, rate_plan_id, respond_by)
    values (${c6}, private.uuid_v7(), ${fleet.id}, ${fleet.driverId}, 'rental', 'requested', ${period.start_date}, ${period.end_date},
            private.blocked_range(${period.start_date}, ${period.end_date}, 0, 0, false), 'EUR', ${fleet.planId}, ${hours(5)}) returning id`
  const key = await makeKey(sql, fleet, { procedures: ['cars.list'], role: 'driver' })
  return {
    coming: await of(c1, '2031-05-01T10:00Z', '2031-05-02T10:00Z'),
    other: await of(c2, '2031-05-01T10:00Z', '2031-05-02T10:00Z'),
    starting: await of(c3, hours(0.2), hours(20)),
    active: await of(c4, hours(-5), hours(5), 'active'),
    missed: await of(c5, hours(-5), hours(5)),
    done: await of(c5, '2021-05-01T10:00Z', '2021-05-02T10:00Z', 'completed'),
    requested: requested?.id ?? '',
    invitation: await makeInvitation(sql, fleet),
    keyId: key.id,
  }
}

/** A function that is missing here fails the suite; each call is made by somebody who may. */
export async function makeEntryCalls(sql: postgres.Sql): Promise<Record<FunctionName | BatchName, EntryCall>> {
  const fleet = await makeFleet(sql, { cars: 8 })
  const guest = await makeUser(sql, { name: 'Guest' })
  const [admin, suspended] = [await makeUser(sql, { isAdmin: true }), await makeUser(sql, { suspended: true })]
  const { coming, other, starting, active, missed, done, requested, invitation, keyId } = await makeRows(sql, fleet)
  const by = (callerId: string, given: Record<string, unknown> = {}): EntryCall => ({ ...given, actor: as(callerId), callerId })
  const owner = (given: Record<string, unknown> = {}) => by(fleet.ownerId, given)
  const [car = ''] = fleet.carIds
  const named = { fleet: fleet.slug }
  const secret = makeToken().hash
  return {
    create_trip_rpc: owner({ car_id: car, ...period }),
    create_trips_rpc: owner({ calls: [{ car_id: car, ...period, actor: as(fleet.ownerId) }] }),
    hold_trip_rpc: owner({ car_id: car, ...period }),
    quote_trip_rpc: owner({ car_id: car, ...period }),
    create_trip_in_class_rpc: owner({ ...named, car_class: 'van', ...period }),
    create_trip_series_rpc: owner({ car_id: car, local_starts: ['2031-06-01T10:00', '2031-06-02T10:00'], minutes: 60 }),
    get_trip_rpc: owner({ trip_id: coming }),
    list_trips_rpc: owner(),
    modify_trip_rpc: owner({ trip_id: coming, end_date: '2031-05-03T10:00:00Z' }),
    swap_trips_rpc: owner({ trip_id: coming, other_trip_id: other }),
    block_car_rpc: owner({ car_id: car, ...period, purpose: 'repair' }),
    cancel_trip_rpc: owner({ trip_id: coming, reason: 'No need' }),
    cancel_preview_rpc: owner({ trip_id: coming }),
    create_rate_plan_rpc: owner({ ...named, name: 'Summer', tariff }),
    assign_rate_plan_rpc: owner({ ...named, rate_plan_id: fleet.planId, car_id: car }),
    preview_rate_plan_rpc: owner({ ...named, tariff, ...period }),
    list_rate_plans_rpc: owner(named),
    get_rate_plan_rpc: owner({ rate_plan_id: fleet.planId }),
    approve_trip_rpc: owner({ trip_id: requested }),
    decline_trip_rpc: owner({ trip_id: requested, reason: 'Not now' }),
    start_trip_rpc: owner({ trip_id: starting }),
    complete_trip_rpc: owner({ trip_id: active }),
    no_show_trip_rpc: owner({ trip_id: missed }),
    create_review_rpc: owner({ trip_id: done, rating: 5 }),
    list_trip_history_rpc: owner({ trip_id: coming }),
    list_reviews_rpc: owner({ car_id: car }),
    list_cars_rpc: owner(),
    search_cars_rpc: owner(period),
    list_windows_rpc: owner({ ...period, car_id: car }),
    next_free_rpc: owner({ car_id: car, minutes: 60 }),
    get_car_rpc: owner({ car_id: car }),
    create_car_rpc: owner({ ...named, car: { carClass: 'van', name: 'Another' } }),
    update_car_rpc: owner({ car_id: car, changes: { name: 'Renamed' } }),
    retire_car_rpc: owner({ car_id: car }),
    create_car_class_rpc: owner({ ...named, slug: 'small', name: 'Small' }),
    list_car_classes_rpc: owner(named),
    create_fleet_rpc: owner({ slug: 'another-fleet', name: 'Another', currency: 'EUR', time_zone: 'Europe/Lisbon' }),
    get_fleet_rpc: owner(named),
    update_fleet_rpc: owner({ ...named, name: 'Renamed' }),
    transfer_fleet_rpc: owner({ ...named, user_id: fleet.managerId }),
    create_invitation_rpc: owner({ ...named, role: 'driver', secret_hash: secret }),
    list_invitations_rpc: owner(named),
    revoke_invitation_rpc: owner({ invitation_id: invitation.id }),
    accept_invitation_rpc: by(guest, { token_hash: invitation.hash }),
    list_members_rpc: owner(named),
    set_member_role_rpc: owner({ ...named, user_id: fleet.driverId, role: 'manager' }),
    remove_member_rpc: owner({ ...named, user_id: fleet.driverId }),
    leave_fleet_rpc: by(fleet.managerId, named),
    get_fleet_rules_rpc: owner(named),
    set_fleet_rules_rpc: owner({ ...named, rules: { noticeMinutes: 30 } }),
    create_api_key_rpc: owner({
      ...named,
      name: 'Script',
      role: 'driver',
      procedures: ['cars.list'],
      secret_hash: secret,
      secret_hint: 'abcd',
    }),
    list_api_keys_rpc: owner(named),
    revoke_api_key_rpc: owner({ key_id: keyId }),
    get_me_rpc: owner(),
    update_me_rpc: by(guest, { name: 'Renamed' }),
    export_me_rpc: by(guest),
    erase_me_rpc: by(guest, { confirm: 'erase' }),
    suspend_user_rpc: by(admin, { user_id: guest, reason: 'Why' }),
    reinstate_user_rpc: by(admin, { user_id: suspended }),
  }
}
