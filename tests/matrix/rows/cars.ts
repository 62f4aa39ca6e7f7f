// Who may keep a fleet's cars and classes.
import { foreign, type Row } from '../row.ts'

const managersWrite = { ok: 'manager owner keyIn', FORBIDDEN: 'driver admin', NOT_FOUND: 'renter stranger rival' }

export const cars: Record<string, Row> = {
  'cars.create': {
    input: ({ fleet }) => ({ fleet: fleet.slug, carClass: 'van', name: 'Another' }),
    who: managersWrite,
    ids: { fleet: foreign.fleet },
  },
  'cars.update': { input: ({ fleet }) => ({ id: fleet.carIds[0], seats: 5 }), who: managersWrite, ids: { id: foreign.car } },
  'cars.retire': { input: ({ fleet }) => ({ id: fleet.carIds[0] }), who: managersWrite, ids: { id: foreign.car } },
  'carClasses.create': {
    input: ({ fleet }) => ({ fleet: fleet.slug, slug: 'camper', name: 'Campers' }),
    who: managersWrite,
    ids: { fleet: foreign.fleet },
  },
  'carClasses.list': {
    input: ({ fleet }) => ({ fleet: fleet.slug }),
    who: { ok: 'renter stranger driver manager owner rival admin keyIn' },
    ids: { fleet: foreign.fleet },
  },
}
