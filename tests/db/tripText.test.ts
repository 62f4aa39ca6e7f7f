// The text of a trip holds every member of it, whatever its state and whatever people wrote.
import { tripStatuses } from '@fleetflow/db/schema'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'

const id = (n: number) => `01a20758-ebe6-73a1-a084-${String(n).padStart(12, '0')}`
const every = 'a "quote", a back\\slash, \b\f\n\r\t\u0001\u001f\u007f, </script>, \u2028\u2029, \u00e9 \u{1f697}, {"id":"x"}'

/** The row and what the API shows of it. */
function made(status: string, full: boolean) {
  const given = <T>(value: T) => (full ? value : null)
  const row = {
    ...{ id: id(1), car_id: id(2), fleet_id: id(3), booked_by_id: id(4), status, purpose: 'rental', version: 7, currency: 'JPY' },
    ...{ trip_start_date: '2031-05-01T12:00:00+02:00', trip_end_date: '2031-05-02T10:00:00.25Z', total_cost: 9007199254740991 },
    ...{ blocked: '["2031-05-01 09:30:00+00","2031-05-02 10:15:00.000001+00"]', at_risk: full, pinned: !full },
    ...{ started_at: given('2031-05-01T10:00:00.000100Z'), returned_at: given('2031-05-02T09:00:00.001Z') },
    ...{ hold_expires_at: given('1900-01-01T00:00:00Z'), respond_by: given('9998-12-31T23:59:59.999999Z') },
    ...{ driver_id: given(id(5)), series_id: given(id(6)), extras: full ? [{ code: every, quantity: 2 }] : [] },
    ...{ odometer_start: given(0), odometer_end: given(2147483647), fuel_start: given(1), fuel_end: given(100) },
    ...{ note: given(every), cancel_reason: given(every), created_at: '2030-01-01T00:00:00Z', updated_at: '2030-01-01T00:00:00.000123Z' },
  }
  const shown = {
    ...{ id: id(1), carId: id(2), fleetId: id(3), bookedById: id(4) },
    ...{ startDate: '2031-05-01T10:00:00.000Z', endDate: '2031-05-02T10:00:00.250Z' },
    ...{ blockedFrom: '2031-05-01T09:30:00.000Z', blockedUntil: '2031-05-02T10:15:00.000001Z' },
    ...{ startedAt: given('2031-05-01T10:00:00.000100Z'), returnedAt: given('2031-05-02T09:00:00.001Z') },
    ...{ holdExpiresAt: given('1900-01-01T00:00:00.000Z'), respondBy: given('9998-12-31T23:59:59.999999Z') },
    ...{ status, overdue: false, atRisk: full, pinned: !full, driverId: given(id(5)), seriesId: given(id(6)) },
    ...{ extras: full ? [{ code: every, quantity: 2 }] : [] },
    ...{ odometerStart: given(0), odometerEnd: given(2147483647), fuelStart: given(1), fuelEnd: given(100) },
    ...{ note: given(every), purpose: 'rental', totalCost: 9007199254740991, currency: 'JPY', version: 7, cancelReason: given(every) },
    ...{ createdAt: '2030-01-01T00:00:00.000Z', updatedAt: '2030-01-01T00:00:00.000123Z' },
  }
  return { row, shown }
}

describe('the text of a trip', async () => {
  const db = await openTestDatabase()
  const textOf = async (row: object) => {
    const [found] = await db.sys<{ text: string; json: unknown }[]>`
      select private.trip_text(t) as text, private.trip_json(t) as json from jsonb_populate_record(null::trips, ${JSON.stringify(row)}::text::jsonb) as t`
    return found ?? { text: '', json: null }
  }

  test.each(tripStatuses.flatMap((status) => [true, false].map((full) => [status, full ? 'with all' : 'with nothing'] as const)))(
    'of one that is %s, %s that may be absent, is what the API shows of it',
    async (status, amount) => {
      const { row, shown } = made(status, amount === 'with all')
      const { text, json } = await textOf(row)
      expect(JSON.parse(text)).toEqual(shown)
      expect(json).toEqual(shown)
    },
  )

  test('has the members in the order in which the API shows them, each once', async () => {
    const { row, shown } = made('completed', false)
    expect((await textOf(row)).text).toBe(JSON.stringify(shown))
  })

  test('says that one is overdue which is active past its end', async () => {
    const { row } = made('active', false)
    const { text } = await textOf({ ...row, trip_start_date: '2020-01-01T00:00:00Z', trip_end_date: '2020-01-02T00:00:00Z' })
    expect(JSON.parse(text)).toMatchObject({ overdue: true })
  })
})
