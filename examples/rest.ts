// Way 3, REST: for every other language. JSON in, JSON out; errors are problem details with a stable `code`.
import { main, money, token, twoDays, url } from './settings.ts'

interface Trip {
  id: string
  startDate: string
  endDate: string
  status: string
  totalCost: number
  currency: string
  version: number
}

interface Problem {
  status: number
  code: string
  detail: string
  details?: { nextFree?: string | null }
}

await main(async () => {
  const authorization = `Bearer ${await token()}`

  async function request<T>(method: string, path: string, body?: unknown): Promise<{ answer: T } | { problem: Problem }> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const json = await response.json()
    return response.ok ? { answer: json as T } : { problem: json as Problem }
  }

  function answerOf<T>(result: { answer: T } | { problem: Problem }): T {
    if ('answer' in result) return result.answer
    throw new Error(`${result.problem.code}: ${result.problem.detail}`)
  }

  const cars = answerOf(await request<{ items: { id: string; name: string }[] }>('GET', '/api/cars?fleet=demo&limit=3'))
  const car = cars.items.at(-1)
  if (car === undefined) throw new Error('the demo fleet has no cars')

  let booked = await request<Trip>('POST', '/api/trips', { carId: car.id, ...twoDays() })
  if ('problem' in booked && booked.problem.details?.nextFree) {
    booked = await request<Trip>('POST', '/api/trips', { carId: car.id, ...twoDays(booked.problem.details.nextFree) })
  }
  const trip = answerOf(booked)
  console.log(`Booked ${car.name} from ${trip.startDate} to ${trip.endDate} for ${money(trip.totalCost, trip.currency)}`)

  const again = await request<Trip>('POST', '/api/trips', { carId: car.id, startDate: trip.startDate, endDate: trip.endDate })
  if ('answer' in again) throw new Error('the same period was booked twice')
  const { status, code, details } = again.problem
  if (code !== 'TRIP_OVERLAP') throw new Error(`${code}: ${again.problem.detail}`)
  console.log(`Refused the same period: ${status} ${code}, free again from ${details?.nextFree}`)

  const cancelled = answerOf(await request<Trip>('PATCH', `/api/trips/${trip.id}`, { status: 'cancelled', version: trip.version }))
  console.log(`Gave it back: ${cancelled.status}`)
})
