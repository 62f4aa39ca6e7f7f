// Strangers on a fresh home: they sign up, open a fleet, invite people, list a car, take bookings, hand the fleet on and are forgotten, over HTTP alone.
import { join } from 'node:path'
import { createFleetflowClient, type FleetflowClient, reasonOf } from '@fleetflow/client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { fleetflow, type Running, startFleetflow } from '../support/commands.ts'
import { temporaryFolder } from '../support/tripFile.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 })

const password = 'correct horse battery staple'
const olivia = 'olivia@example.com'
const mario = 'mario@example.com'
const dora = 'dora@example.com'
const rita = 'rita@example.com'

interface Person {
  email: string
  id: string
  /** A token for the API, as old as the person's session. */
  token: string
  api: FleetflowClient
}

interface Answer {
  status: number
  body: Record<string, unknown>
}

describe('a stranger on the embedded default', () => {
  const settings = { FLEETFLOW_HOME: join(temporaryFolder(), 'home'), SIGN_IN_LIMIT_MAX: '1000' }
  const people = new Map<string, Person>()
  const who = (email: string): Person => people.get(email) ?? expect.fail(`${email} has not signed in`)
  let server: Running
  let url = ''
  let carId = ''
  let tripId = ''
  const from = new Date(Date.now() + 10 * 60_000)
  const period = { startDate: from.toISOString(), endDate: new Date(from.getTime() + 26 * 3_600_000).toISOString() }

  beforeAll(async () => {
    expect((await fleetflow(['migrate'], settings)).code).toBe(0)
    server = startFleetflow(['dev', '--json'], settings)
    url = /^\{"url":"([^"]+)"/m.exec(await server.says(/^\{"url".*\}$/m))?.[1] ?? ''
  })
  afterAll(async () => {
    server?.child.kill('SIGINT')
    await server?.finished
  })

  async function ask(path: string, body?: object, credential?: string): Promise<Answer> {
    const response = await fetch(path.startsWith('http') ? path : `${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  /** The link of the newest letter to this address; the server prints its mail. */
  async function mailedLink(email: string, letters: number): Promise<string> {
    const letter = `To: ${email}\\n  \\| Subject: Verify[^]*?(http\\S+)\\n`
    const printed = await server.says(new RegExp(`(?:${letter}[^]*){${letters}}`))
    return [...printed.matchAll(new RegExp(letter, 'g'))].at(-1)?.[1] ?? ''
  }

  async function signUp(email: string, name: string, letters = 1): Promise<void> {
    const asked = await ask('/auth/sign-up/email', { email, password, name })
    expect(asked).toEqual({ status: 200, body: { token: null, user: { email, name, emailVerified: false } } })
    const link = await mailedLink(email, letters)
    expect(link.startsWith(`${url}/auth/verify-email?token=`)).toBe(true)
    expect(await ask(link)).toEqual({ status: 200, body: { status: true, user: null } })
  }

  async function signIn(email: string): Promise<Person> {
    const session = String((await ask('/auth/sign-in/email', { email, password })).body.token)
    const token = async () => String((await ask('/auth/token', undefined, session)).body.token)
    const api = createFleetflowClient({ url, token })
    const person = { email, api, token: await token(), id: (await api.me.get.query()).id }
    people.set(email, person)
    return person
  }

  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'no refusal',
      (error: unknown) => reasonOf(error).code,
    )

  test('signs up, opens the link of the mail, signs in and is known by the name they gave', async () => {
    await signUp(olivia, 'Olívia Owner')
    const { api, token } = await signIn(olivia)
    expect(await api.me.get.query()).toMatchObject({ email: olivia, name: 'Olívia Owner', fleets: [] })
    expect(await ask('/api/me', undefined, token)).toMatchObject({ status: 200, body: { email: olivia } })
  })

  test('opens a fleet with a class, a rate plan and a car', async () => {
    const { api } = who(olivia)
    const fleet = await api.fleets.create.mutate({ slug: 'harbour', name: 'Harbour Cars', currency: 'EUR', timeZone: 'Europe/Lisbon' })
    expect(fleet).toMatchObject({ slug: 'harbour', role: 'owner', visibility: 'public' })
    await api.carClasses.create.mutate({ fleet: 'harbour', slug: 'van', name: 'Vans' })
    const plan = await api.ratePlans.create.mutate({
      fleet: 'harbour',
      name: 'Usual',
      tariff: { dayRate: 4000, hourRate: 500, minimumCharge: 1000 },
      assignTo: { carClass: 'van' },
    })
    expect(plan.assignedTo).toMatchObject({ carClasses: ['van'] })
    const place = { lat: 38.7223, lng: -9.1393 }
    const car = await api.cars.create.mutate({ fleet: 'harbour', carClass: 'van', name: 'Van 1', seats: 3, ...place })
    carId = car.id
    expect(car).toMatchObject({ name: 'Van 1', ...place })
  })

  test('invites somebody by address and somebody by token; a stranger with the wrong address is refused (INVITATION_INVALID)', async () => {
    const { api } = who(olivia)
    const bound = await api.invitations.create.mutate({ fleet: 'harbour', role: 'manager', email: mario })
    const open = await api.invitations.create.mutate({ fleet: 'harbour', role: 'driver' })
    await signUp(dora, 'Dora Driver')
    await signUp(mario, 'Mário Manager')
    const [d, m] = [await signIn(dora), await signIn(mario)]
    expect(await codeOf(d.api.invitations.accept.mutate({ token: bound.token ?? '' }))).toBe('INVITATION_INVALID')
    expect(await m.api.invitations.accept.mutate({ token: bound.token ?? '' })).toMatchObject({ slug: 'harbour', role: 'manager' })
    expect(await d.api.invitations.accept.mutate({ token: open.token ?? '' })).toMatchObject({ slug: 'harbour', role: 'driver' })
    expect(await codeOf(d.api.invitations.accept.mutate({ token: open.token ?? '' }))).toBe('INVITATION_INVALID')
    const { items } = await api.members.list.query({ fleet: 'harbour' })
    expect(Object.fromEntries(items.map(({ email, role }) => [email, role]))).toEqual({
      [olivia]: 'owner',
      [mario]: 'manager',
      [dora]: 'driver',
    })
  })

  test('is found by a renter who never heard of them: searched, quoted and booked at the quoted price', async () => {
    await signUp(rita, 'Rita Renter')
    const { api, id } = await signIn(rita)
    const { items } = await api.cars.search.query({ ...period, lat: 38.72, lng: -9.14, radiusKm: 5 })
    const found = items.find(({ car }) => car.id === carId)
    expect(found).toMatchObject({ car: { name: 'Van 1' }, price: { total: 5000, currency: 'EUR' } })
    const quote = await api.trips.quote.mutate({ carId, ...period })
    expect(quote.totalCost).toBe(5000)
    const trip = await api.trips.create.mutate({ carId, ...period, quoteId: quote.id ?? '' })
    expect(trip).toMatchObject({ status: 'confirmed', bookedById: id, totalCost: 5000 })
    tripId = trip.id
    expect(await codeOf(who(mario).api.trips.create.mutate({ carId, ...period }))).toBe('TRIP_OVERLAP')
  })

  test('hands the car over, takes it back, and is reviewed', async () => {
    const [fleet, renter] = [who(mario).api, who(rita).api]
    expect(await codeOf(renter.reviews.create.mutate({ tripId, rating: 5 }))).not.toBe('no refusal')
    expect(await fleet.trips.start.mutate({ id: tripId, odometer: 100, fuel: 100 })).toMatchObject({ status: 'active' })
    expect(await fleet.trips.complete.mutate({ id: tripId, odometer: 150, fuel: 90 })).toMatchObject({ status: 'completed' })
    const review = await renter.reviews.create.mutate({ tripId, rating: 5, comment: 'Clean, says Rita' })
    expect(review).toMatchObject({ author: 'Rita Renter' })
    expect(await who(olivia).api.cars.get.query({ id: carId })).toMatchObject({ avgRating: 5 })
    const held = await renter.me.export.query()
    expect(held).toMatchObject({
      user: { email: rita },
      account: { email: rita, emailVerified: true },
      trips: [{ id: tripId, status: 'completed' }],
      reviews: [{ id: review.id }],
    })
    expect(JSON.stringify(held)).not.toMatch(/olivia|mario|dora/i)
  })

  test('the manager leaves, the last owner cannot, and hands the fleet on instead (LAST_OWNER)', async () => {
    const [owner, manager, driver] = [who(olivia), who(mario), who(dora)]
    await manager.api.members.leave.mutate({ fleet: 'harbour' })
    expect(await codeOf(manager.api.members.list.query({ fleet: 'harbour' }))).toBe('NOT_FOUND')
    expect(await codeOf(owner.api.members.leave.mutate({ fleet: 'harbour' }))).toBe('LAST_OWNER')
    expect(await codeOf(owner.api.me.erase.mutate({ confirm: 'erase' }))).toBe('LAST_OWNER')
    expect(await owner.api.fleets.transfer.mutate({ fleet: 'harbour', userId: driver.id })).toMatchObject({ role: 'manager' })
    expect(await driver.api.fleets.get.query({ fleet: 'harbour' })).toMatchObject({ role: 'owner' })
    await owner.api.members.leave.mutate({ fleet: 'harbour' })
    expect((await owner.api.me.get.query()).fleets).toEqual([])
  })

  test('who erases themselves is unknown at once, and somebody new when they come back (UNAUTHENTICATED)', async () => {
    const gone = who(rita)
    expect(await gone.api.me.erase.mutate({ confirm: 'erase' })).toEqual({ erased: true })
    for (const path of ['/api/me', '/trpc/me.get']) expect((await ask(path, undefined, gone.token)).status).toBe(401)

    const plain = ({ status, body: { requestId: _, ...body } }: Answer) => ({ status, body })
    const refused = plain(await ask('/auth/sign-in/email', { email: rita, password }))
    expect(refused.status).toBe(401)
    expect(refused).toEqual(plain(await ask('/auth/sign-in/email', { email: 'nobody@example.com', password })))

    await signUp(rita, 'Rita Again', 2)
    const back = await signIn(rita)
    expect(back.id).not.toBe(gone.id)
    const empty = { trips: [], drives: [], reviews: [], quotes: [], memberships: [] }
    expect(await back.api.me.export.query()).toMatchObject({ user: { id: back.id, name: 'Rita Again' }, ...empty })
    expect(await codeOf(back.api.trips.get.query({ id: tripId }))).toBe('NOT_FOUND')
    expect((await ask('/api/me', undefined, gone.token)).status).toBe(401)

    const { items } = await who(dora).api.reviews.list.query({ carId })
    expect(items).toMatchObject([{ rating: 5, comment: null, author: 'Erased user' }])
    expect(await who(dora).api.trips.get.query({ id: tripId })).toMatchObject({ status: 'completed', totalCost: 5000 })
  })
})
