// What lets bookings of several people commit together without touching each other.
import { type Guard, testsOf } from '../guard.ts'

const createTrips = testsOf('db', 'tests/db/createTrips.test.ts')
const bookings = testsOf('db', 'tests/db/bookings.test.ts')
const bookingsLost = testsOf('db', 'tests/db/bookingsLost.test.ts')
const batch = 'db/sql/functions/create_trips_rpc.sql'
const queue = 'db/src/bookings.ts'
const attempt = `v_outcome := private.attempt('trips.create', v_actor, private.create_trip_call(v_call), v_call ->> 'idempotency_key');`
const stallsNobody = bookings('stalls nobody who wants another one: its bookings wait by themselves, and travel together when it is free')

export const bookingGuards: readonly Guard[] = [
  {
    name: 'one subtransaction an item',
    guards: "more subtransactions than PostgreSQL's cache has room for, which slows everybody down",
    remove: [{ file: batch, find: attempt, replace: `begin ${attempt} exception when division_by_zero then null; end;` }],
    test: createTrips('has one subtransaction and no more: 32 of them are fewer than the 64 that PostgreSQL keeps at hand'),
  },
  {
    name: 'identity cleared',
    guards: 'a booking that acts for whoever came before it in its batch',
    remove: [{ file: batch, find: '        perform private.forget_actor();\n', replace: '' }],
    test: createTrips('acts for nobody until its own actor is recognised: not for the one before it, though it forgets to ask'),
  },
  {
    name: 'nobody waits in a batch',
    guards: 'a lock that one booking waits for is waited for by all of them, and batches deadlock',
    remove: [{ file: batch, find: "  set lock_timeout = '1ms'\n", replace: '' }],
    test: createTrips('an idempotency key is not waited for: the booking is sent back alone after a millisecond'),
    says: 'statement timeout',
  },
  {
    name: 'busy cars are skipped',
    guards: 'one busy car gives up the batches of all its neighbours',
    remove: [{ file: 'db/sql/functions/lock_idle_cars.sql', find: ' skip locked)', replace: ')' }],
    test: createTrips('a busy car is skipped before it is tried: its booking is sent back alone'),
    says: 'lock timeout',
  },
  {
    name: 'each item is taken back alone',
    guards: 'one refused booking undoes its neighbours',
    remove: [{ file: batch, find: '        v_outcome := null;\n      end;', replace: '        raise;\n      end;' }],
    test: createTrips(
      'are each answered in their place, and what is refused, fails or is odd is sent back alone, whatever its neighbours do',
    ),
    says: 'PostgresError',
  },
  {
    name: 'the queue is bounded',
    guards: 'bookings wait in memory without end',
    remove: [{ file: queue, find: 'if (waiting.size >= most)', replace: 'if (waiting.size < 0)' }],
    test: bookings('are bounded in number: one more is refused at once, and the others are not harmed (OVERLOADED)'),
  },
  {
    name: 'a lone booking goes at once',
    guards: 'a booking waits for company that does not come',
    remove: [{ file: queue, find: 'void depart([{ booking', replace: 'setTimeout(depart, 50, [{ booking' }],
    test: bookings('go at once and alone when nothing is under way'),
  },
  {
    name: 'a hot car is in one statement',
    guards: 'the bookings of a busy car fill the pool, each waiting for its lock',
    remove: [{ file: queue, find: 'if (!taken.has(one.car)) next.push(one)', replace: 'next.push(one)' }],
    test: stallsNobody,
  },
  {
    name: 'who waits for a lock does not count',
    guards: 'two busy cars stop all bookings of a process',
    remove: [{ file: queue, find: 'setTimeout(stalled, stalledMs)', replace: 'setTimeout(uncount, 3_600_000)' }],
    test: stallsNobody,
    says: 'CAR_BUSY',
  },
  {
    name: 'a lost batch is in doubt',
    guards: 'bookings that may have been committed are sent once more by the server',
    remove: [{ file: queue, find: "if (error.code !== 'UNAVAILABLE') return travellers", replace: 'if (error.code) return travellers' }],
    test: bookingsLost('whose connection is lost leaves each of them in doubt, and their keys do everything once (UNAVAILABLE)'),
  },
]
