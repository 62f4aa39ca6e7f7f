// The scene of the matrix: two fleets that must not know of each other, everybody who calls, and a trip for each step of a life.
import { randomBytes } from 'node:crypto'
import { appRouter, developmentIssuer, signDevelopmentToken } from '@fleetflow/server'
import type postgres from 'postgres'
import { makeKey } from '../support/apiKeys.ts'
import { makeFleet, makeTrip, makeUser, type TestFleet } from '../support/fixtures.ts'
import { makeInvitation, type TestInvitation } from '../support/invitations.ts'

/** Everybody who calls. `renter` booked the trips of the scene; `stranger` is another renter of the same fleet. */
export const callers = [
  'nobody',
  'expired',
  'suspended',
  'renter',
  'stranger',
  'driver',
  'manager',
  'owner',
  'rival',
  'admin',
  'keyIn',
  'keyOut',
] as const

export type Caller = (typeof callers)[number]

export interface Scene {
  fleet: TestFleet
  /** Seen by its members alone: to everybody else nothing of it exists. */
  rival: TestFleet
  users: Record<Exclude<Caller, 'nobody' | 'expired' | 'keyIn' | 'keyOut'>, string>
  /** Trips of the renter with the fleet, by what can be done with them; `hidden` is somebody's with the rival. */
  trips: Record<'coming' | 'otherComing' | 'soon' | 'late' | 'active' | 'completed' | 'requested' | 'hidden', string>
  /** One to the fleet and one to the rival. */
  invitations: Record<'open' | 'hidden', TestInvitation>
  /** An API key of the fleet and one of the rival. */
  keys: Record<'own' | 'hidden', string>
  /** Words that belong to the rival and that nobody else may ever read. */
  secrets: string[]
  /** The Authorization header of a caller. */
  headers: Record<Caller, Record<string, string>>
}

const hour = 3_600_000
const at = (hours: number) => new Date(Date.now() + hours * hour).toISOString()

async function identify(sys: postgres.Sql, userId: string, subject: string): Promise<void> {
  await sys`insert into user_identities (issuer, subject, user_id) values (${developmentIssuer}, ${subject}, ${userId})`
}

async function makeRequest(sys: postgres.Sql, fleet: TestFleet, carId: string, renterId: string): Promise<string> {
  const [start, end] = [at(96), at(98)]
  const [row] = await sys<{ id: string }[]>`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, respond_by, trip_start_date, trip_end_date, blocked, currency, rate_plan_id)
    values (${carId}, private.uuid_v7(), ${fleet.id}, ${renterId}, 'rental', 'requested', ${at(8)}, ${start}, ${end},
            private.blocked_range(${start}, ${end}, 0, 0, false), 'EUR', ${fleet.planId}) returning id`
  return row?.id ?? ''
}

async function makeTrips(sys: postgres.Sql, fleet: TestFleet, rival: TestFleet, renterId: string): Promise<Scene['trips']> {
  const car = (place: number) => fleet.carIds[place] ?? ''
  const trip = (carId: string, from: number, to: number, status?: 'active' | 'completed') =>
    makeTrip(sys, fleet, { carId, renterId, start: at(from), end: at(to), ...(status ? { status } : {}) })
  return {
    coming: await trip(car(1), 48, 50),
    otherComing: await trip(car(2), 48, 50),
    soon: await trip(car(3), 0.2, 4),
    late: await trip(car(4), -2, 4),
    active: await trip(car(5), -3, 3, 'active'),
    completed: await trip(car(6), -60, -50, 'completed'),
    requested: await makeRequest(sys, fleet, car(7), renterId),
    hidden: await makeTrip(sys, rival, { renterId: rival.managerId, start: at(48), end: at(50) }),
  }
}

export async function makeScene(sys: postgres.Sql, home: string): Promise<Scene> {
  const fleet = await makeFleet(sys, { cars: 10 })
  const rival = await makeFleet(sys, { cars: 2, visibility: 'members' })
  const secrets = [`Secret ${randomBytes(6).toString('hex')}`, `secret-${randomBytes(6).toString('hex')}`]
  const [name = '', slug = ''] = secrets
  await sys`update fleets set name = ${name}, slug = ${slug} where id = ${rival.id}`
  await sys`update cars set name = ${name} where fleet_id = ${rival.id}`
  await sys`update users set name = ${name} where id in (${rival.ownerId}, ${rival.managerId}, ${rival.driverId})`
  const users = {
    suspended: await makeUser(sys, { name: 'Suspended', suspended: true }),
    renter: await makeUser(sys, { name: 'Renter' }),
    stranger: await makeUser(sys, { name: 'Stranger' }),
    driver: fleet.driverId,
    manager: fleet.managerId,
    owner: fleet.ownerId,
    rival: rival.ownerId,
    admin: await makeUser(sys, { name: 'Admin', isAdmin: true }),
  }
  const headers: Partial<Record<Caller, Record<string, string>>> = { nobody: {} }
  for (const [caller, userId] of Object.entries(users)) {
    const email = `${caller}@matrix.example`
    await identify(sys, userId, email)
    headers[caller as Caller] = { authorization: `Bearer ${await signDevelopmentToken({ home, email })}` }
  }
  const expired = await signDevelopmentToken({ home, email: 'owner@matrix.example', expiresIn: '-1h' })
  headers.expired = { authorization: `Bearer ${expired}` }
  const bearer = async (procedures: readonly string[]) => {
    const { secret } = await makeKey(sys, fleet, { procedures })
    return { authorization: `Bearer ${secret}` }
  }
  headers.keyIn = await bearer(Object.keys(appRouter._def.procedures))
  headers.keyOut = await bearer(['nothing.atAll'])
  return {
    fleet,
    rival: { ...rival, slug },
    users,
    trips: await makeTrips(sys, fleet, rival, users.renter),
    invitations: { open: await makeInvitation(sys, fleet), hidden: await makeInvitation(sys, rival) },
    keys: {
      own: (await makeKey(sys, fleet, { procedures: ['cars.list'] })).id,
      hidden: (await makeKey(sys, rival, { procedures: ['cars.list'], name })).id,
    },
    secrets,
    headers: headers as Record<Caller, Record<string, string>>,
  }
}
