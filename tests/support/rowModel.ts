// Which rows of which table somebody may read, add and change, in plain TypeScript over all rows: what row level security must equal.
import type { Caller } from './rowWorld.ts'

export type Row = Readonly<Record<string, unknown>>
type Rows = Readonly<Record<string, readonly Row[]>>

type May = (row: Row, who: Caller, rows: Rows) => boolean

interface Change {
  columns: readonly string[]
  may: May
}

export interface TableModel {
  /** Null: the whole table is out of reach. */
  reads: May | null
  /** Columns that are not read although the row is. */
  hides?: readonly string[]
  inserts?: Change
  updates?: Change
  deletes?: May
}

type Role = 'owner' | 'manager' | 'driver'
const anyRole: readonly Role[] = ['owner', 'manager', 'driver']
const managers: readonly Role[] = ['owner', 'manager']

const inKey = (fleet: unknown, who: Caller): boolean => who.keyFleet === null || who.keyFleet === fleet

const worksIn = (fleet: unknown, who: Caller, rows: Rows, roles: readonly Role[] = anyRole): boolean =>
  inKey(fleet, who) &&
  (rows['public.fleet_members'] ?? []).some((m) => m.fleet_id === fleet && m.user_id === who.userId && roles.includes(m.role as Role))

const find = (rows: Rows, table: string, key: Row): Row | undefined =>
  (rows[table] ?? []).find((row) => Object.entries(key).every(([column, value]) => row[column] === value))

const seesFleet: May = (fleet, who, rows) =>
  inKey(fleet.id, who) && ((fleet.visibility === 'public' && who.userId !== null) || worksIn(fleet.id, who, rows) || who.admin)

const seesFleetOf: May = (row, who, rows) => {
  const fleet = find(rows, 'public.fleets', { id: row.fleet_id })
  return fleet !== undefined && seesFleet(fleet, who, rows)
}

const manages: May = (row, who, rows) => worksIn(row.fleet_id, who, rows, managers)

const owns: May = (row, who, rows) => worksIn(row.fleet_id, who, rows, ['owner'])

const seesCar: May = (car, who, rows) =>
  (car.retired_at === null && seesFleetOf(car, who, rows)) || worksIn(car.fleet_id, who, rows) || who.admin

const booked = (trip: Row, who: Caller): boolean => who.userId !== null && trip.booked_by_id === who.userId && inKey(trip.fleet_id, who)

const seesTrip: May = (trip, who, rows) => booked(trip, who) || worksIn(trip.fleet_id, who, rows) || who.admin

const changesTrip: May = (trip, who, rows) => (booked(trip, who) && trip.purpose === 'rental') || manages(trip, who, rows)

const tripOf = (row: Row, rows: Rows): Row | undefined => find(rows, 'public.trips', { car_id: row.car_id, id: row.trip_id })

const own = (row: Row, who: Caller): boolean => who.userId !== null && row.user_id === who.userId

const quote: May = (row, who, rows) => (own(row, who) && inKey(row.fleet_id, who)) || manages(row, who, rows)

const columns = (text: string): string[] => text.trim().split(/\s+/)

const tripColumns =
  columns(`status trip_start_date trip_end_date blocked currency rate_plan_id pricing hold_expires_at respond_by pinned driver_id
  series_id extras policy note`)

const carColumns = columns(`car_class_id name seats lat_microdegrees lng_microdegrees time_zone prep_minutes turnaround_minutes back_to_back
  instant_booking odometer external_id`)

/** Every table of ours; one that is missing here fails the suite. */
export const rowModel: Readonly<Record<string, TableModel>> = {
  'issuer.accounts': { reads: null },
  'issuer.jwks': { reads: null },
  'issuer.sessions': { reads: null },
  'issuer.users': { reads: null },
  'issuer.verifications': { reads: null },
  'private.migrations': { reads: null },
  'public.api_keys': {
    reads: (row, who, rows) => who.keyFleet === null && (owns(row, who, rows) || who.admin),
    hides: ['key_hash'],
  },
  'public.car_classes': { reads: seesFleetOf, inserts: { columns: columns('id fleet_id slug name'), may: manages } },
  'public.cars': {
    reads: seesCar,
    inserts: { columns: ['id', 'fleet_id', ...carColumns], may: manages },
    updates: { columns: [...carColumns, 'retired_at', 'retire_reason'], may: manages },
  },
  'public.driver_assignments': { reads: null },
  'public.event_log': { reads: null },
  'public.event_relay': { reads: null },
  'public.fleet_members': {
    reads: (row, who, rows) => worksIn(row.fleet_id, who, rows) || who.admin,
    updates: { columns: ['role'], may: owns },
    deletes: (row, who, rows) => owns(row, who, rows) || own(row, who),
  },
  'public.fleets': {
    reads: seesFleet,
    updates: {
      columns: columns(
        `opening_hours closed_days min_minutes max_minutes notice_minutes horizon_days max_open_trips cancellation_policy rules_version
        slug name time_zone visibility`,
      ),
      may: (row, who, rows) => worksIn(row.id, who, rows, managers),
    },
  },
  'public.idempotency_keys': {
    reads: own,
    inserts: { columns: columns('user_id operation key input_hash outcome created_at'), may: own },
    updates: { columns: columns('input_hash outcome created_at'), may: own },
  },
  'public.invitations': {
    reads: (row, who, rows) => who.keyFleet === null && (owns(row, who, rows) || who.admin),
    hides: ['token_hash'],
    inserts: {
      columns: columns('id fleet_id role email token_hash invited_by expires_at'),
      may: (row, who, rows) => who.keyFleet === null && owns(row, who, rows) && row.invited_by === who.userId,
    },
    updates: { columns: ['revoked_at'], may: (row, who, rows) => who.keyFleet === null && owns(row, who, rows) },
  },
  'public.outbox': { reads: null },
  'public.placement': { reads: null },
  'public.quotes': {
    reads: quote,
    inserts: {
      columns: columns(
        `car_id id fleet_id user_id start_date end_date extras rate_plan_id total_cost priced expires_at used_at trip_id created_at`,
      ),
      may: quote,
    },
    updates: { columns: columns('used_at trip_id'), may: quote },
  },
  'public.rate_plan_seasons': {
    reads: (row, who, rows) => seesFleetOf(find(rows, 'public.rate_plans', { id: row.rate_plan_id }) ?? {}, who, rows),
    inserts: {
      columns: columns('rate_plan_id id name days day_rate ppm'),
      may: (row, who, rows) => manages(find(rows, 'public.rate_plans', { id: row.rate_plan_id }) ?? {}, who, rows),
    },
  },
  'public.rate_plans': {
    reads: seesFleetOf,
    inserts: { columns: columns('id fleet_id name version currency day_rate hour_rate minimum_charge rules'), may: manages },
  },
  'public.reviews': {
    reads: (row, who, rows) =>
      (who.userId !== null && row.author_id === who.userId && who.keyFleet === null) ||
      seesCar(find(rows, 'public.cars', { id: row.car_id }) ?? {}, who, rows),
    inserts: {
      columns: columns('car_id id trip_id author_id rating comment'),
      may: (row, who, rows) => {
        const trip = tripOf(row, rows)
        return (
          trip !== undefined &&
          row.author_id === who.userId &&
          booked(trip, who) &&
          trip.purpose === 'rental' &&
          trip.status === 'completed'
        )
      },
    },
  },
  'public.trip_lines': {
    reads: (row, who, rows) => seesTrip(tripOf(row, rows) ?? {}, who, rows),
    inserts: {
      columns: columns('car_id trip_id id kind description quantity unit_amount amount created_at'),
      may: (row, who, rows) => {
        const trip = tripOf(row, rows)
        return trip !== undefined && (booked(trip, who) || manages(trip, who, rows))
      },
    },
  },
  'public.trip_transitions': { reads: () => true },
  'public.trips': {
    reads: seesTrip,
    inserts: {
      columns: [
        ...tripColumns,
        ...columns(
          `car_id id fleet_id booked_by_id total_cost purpose prep_minutes turnaround_minutes back_to_back near_lat_microdegrees near_lng_microdegrees near_metres`,
        ),
      ],
      may: changesTrip,
    },
    updates: {
      columns: [
        ...tripColumns,
        ...columns('started_at returned_at cut at_risk cancel_reason odometer_start odometer_end fuel_start fuel_end'),
      ],
      may: changesTrip,
    },
  },
  'public.user_identities': { reads: null },
  'public.users': {
    reads: (row, who) => row.id === who.userId || who.admin,
    updates: { columns: ['name'], may: (row, who) => row.id === who.userId && who.keyFleet === null },
  },
}

/** While these run, a fleet's drivers change its trips and add lines to them. */
export const handovers: Readonly<Record<string, readonly string[]>> = {
  'trips.start': ['public.trips'],
  'trips.complete': ['public.trips', 'public.trip_lines'],
}

export const drives: May = (row, who, rows) => worksIn((tripOf(row, rows) ?? row).fleet_id, who, rows)
