// Bookings that arrive together commit together: what waits while a statement is on its way travels in the next one.
import { DatabaseError, toDatabaseError } from './errors.ts'
import type { Arguments } from './functions.ts'

export type Booking = Arguments<'create_trip_rpc'>

/** Up to this many travel together: so many subtransactions fit into PostgreSQL's cache. `create_trips_rpc` takes no more. */
const mostTogether = 32

/** After so long a statement that waits for somebody else's lock no longer counts: a busy car must not stall its neighbours. */
const stalledMs = 20

/** How bookings are sent. */
export interface Ways {
  /** One booking in a statement of its own; errors are the booking's. */
  alone(booking: Booking): Promise<unknown>
  /** Several in one transaction: an outcome for each, null for whatever has to be sent alone. An error is that of the whole statement. */
  together(bookings: readonly Booking[]): Promise<readonly unknown[]>
}

export interface BookingOptions {
  /** Statements on their way before bookings wait for each other; 2 unless told. */
  atOnce?: number
  /** Bookings that may wait; 1,000 unless told. One more is OVERLOADED. */
  most?: number
  /** How long a booking waits before CAR_BUSY, or OVERLOADED where nobody has its car. */
  patienceMs: number
}

export interface Bookings {
  /**
   * The outcome of `create_trip_rpc`. Sent at once and alone when fewer than `atOnce` statements are on their way and none has this car.
   * Errors: DatabaseError; OVERLOADED and CAR_BUSY before anything was sent, UNAVAILABLE when the connection was lost or nobody answers.
   */
  book(booking: Booking): Promise<unknown>
  /** Whoever waits is told UNAVAILABLE, and so is whoever comes. */
  close(): void
}

interface Waiting {
  booking: Booking
  car: string
  settle(outcome: Promise<unknown>): void
}

const carOf = ({ car_id }: Booking): string => String(car_id).toLowerCase()

export function bookTogether(ways: Ways, { atOnce = 2, most = 1_000, patienceMs }: BookingOptions): Bookings {
  const waiting = new Set<Waiting>()
  /** Cars of bookings that are on their way. Whoever else wants one of them waits here, where it costs nobody a connection. */
  const taken = new Set<string>()
  let onTheirWay = 0
  let closed = false

  const refuse = (code: 'CAR_BUSY' | 'OVERLOADED' | 'UNAVAILABLE', why: string) => Promise.reject(new DatabaseError(code, new Error(why)))

  /** The first that wait, but those whose car is on its way: their neighbours pass. */
  const nextOnes = (): Waiting[] => {
    const next: Waiting[] = []
    for (const one of waiting) {
      if (next.length === mostTogether) break
      if (!taken.has(one.car)) next.push(one)
    }
    return next
  }

  const sendNext = () => {
    while (onTheirWay < atOnce) {
      const next = nextOnes()
      if (next.length === 0) return
      for (const one of next) waiting.delete(one)
      void depart(next)
    }
  }

  /** Sends them and says what became of each. Never rejects: each booking has its own outcome. */
  const depart = async (travellers: readonly Waiting[]) => {
    const cars = new Set(travellers.map(({ car }) => car))
    for (const car of cars) taken.add(car)
    onTheirWay += 1
    let counted = true
    const uncount = () => {
      if (counted) onTheirWay -= 1
      counted = false
    }
    const stalled = () => {
      uncount()
      sendNext()
    }
    const back = travellers.length > 1 ? await sendTogether(ways, travellers) : travellers
    const theirs = new Set(back.map(({ car }) => car))
    for (const car of cars) if (!theirs.has(car)) taken.delete(car)
    if (back.length > 0) {
      const timer = setTimeout(stalled, stalledMs)
      await Promise.all(back.map((one) => sendAlone(ways, one)))
      clearTimeout(timer)
      for (const car of theirs) taken.delete(car)
    }
    stalled()
  }

  return {
    book(booking) {
      if (closed) return refuse('UNAVAILABLE', 'the pool is closed')
      const car = carOf(booking)
      const { promise, resolve } = Promise.withResolvers<unknown>()
      if (onTheirWay < atOnce && !taken.has(car)) {
        void depart([{ booking, car, settle: resolve }])
        return promise
      }
      if (waiting.size >= most) return refuse('OVERLOADED', `${most} bookings wait`)
      const one = { booking, car, settle: resolve }
      const timer = setTimeout(() => {
        // The car may be free, and only everything too much.
        if (waiting.delete(one)) resolve(refuse(taken.has(car) ? 'CAR_BUSY' : 'OVERLOADED', `not sent within ${patienceMs} ms`))
      }, patienceMs)
      waiting.add(one)
      return promise.finally(() => clearTimeout(timer))
    },
    close() {
      closed = true
      for (const one of waiting) one.settle(refuse('UNAVAILABLE', 'the pool is closed'))
      waiting.clear()
    },
  }
}

/** Settles them all but those that have to be sent alone, which it answers. */
async function sendTogether({ together }: Ways, travellers: readonly Waiting[]): Promise<readonly Waiting[]> {
  try {
    const outcomes = await together(travellers.map(({ booking }) => booking))
    if (outcomes.length !== travellers.length) throw new DatabaseError('INTERNAL', new Error('an outcome is missing'))
    travellers.forEach(({ settle }, i) => {
      if (outcomes[i] !== null) settle(Promise.resolve(outcomes[i]))
    })
    return travellers.filter((_, i) => outcomes[i] === null)
  } catch (cause) {
    const error = toDatabaseError(cause)
    // Whether it was committed nobody knows; keys tell. Of any other failure PostgreSQL has told us, so nothing is left of it.
    if (error.code !== 'UNAVAILABLE') return travellers
    for (const { settle } of travellers) settle(Promise.reject(error))
    return []
  }
}

/** Resolves when it is known what became of it. */
async function sendAlone({ alone }: Ways, { booking, settle }: Waiting): Promise<void> {
  const outcome = alone(booking)
  settle(outcome)
  await outcome.catch(() => undefined)
}
