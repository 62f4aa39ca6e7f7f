// Who may do what with a fleet itself, with its members and with what lets people in.
import { foreign, type Row } from '../row.ts'

const everybody = { ok: 'renter stranger driver manager owner rival admin keyIn' }
const ownersWrite = { ok: 'owner', FORBIDDEN: 'driver manager admin keyIn', NOT_FOUND: 'renter stranger rival' }

export const members: Record<string, Row> = {
  'fleets.create': {
    input: () => ({ slug: 'harbour-cars', name: 'Harbour Cars', currency: 'EUR', timeZone: 'Europe/Lisbon' }),
    who: { ok: 'renter stranger driver manager owner rival admin', FORBIDDEN: 'keyIn' },
  },
  'fleets.get': { input: ({ fleet }) => ({ fleet: fleet.slug }), who: everybody, ids: { fleet: foreign.fleet } },
  'fleets.update': {
    input: ({ fleet }) => ({ fleet: fleet.slug, name: 'Another name', visibility: 'members' }),
    who: ownersWrite,
    ids: { fleet: foreign.fleet },
  },
  'fleets.transfer': {
    input: ({ fleet }) => ({ fleet: fleet.slug, userId: fleet.managerId }),
    who: ownersWrite,
    ids: { fleet: foreign.fleet, userId: foreign.member },
  },
  'members.list': {
    input: ({ fleet }) => ({ fleet: fleet.slug }),
    who: { ok: 'driver manager owner admin keyIn', NOT_FOUND: 'renter stranger rival' },
    ids: { fleet: foreign.fleet },
  },
  'members.setRole': {
    input: ({ fleet }) => ({ fleet: fleet.slug, userId: fleet.driverId, role: 'manager' }),
    who: ownersWrite,
    ids: { fleet: foreign.fleet, userId: foreign.member },
  },
  'members.remove': {
    input: ({ fleet }) => ({ fleet: fleet.slug, userId: fleet.driverId }),
    who: ownersWrite,
    ids: { fleet: foreign.fleet, userId: foreign.member },
  },
  'members.leave': {
    input: ({ fleet }) => ({ fleet: fleet.slug }),
    who: { ok: 'driver manager', LAST_OWNER: 'owner', FORBIDDEN: 'keyIn', NOT_FOUND: 'renter stranger rival admin' },
    ids: { fleet: foreign.fleet },
  },
  'invitations.create': {
    input: ({ fleet }) => ({ fleet: fleet.slug, role: 'owner', email: 'dana@example.com' }),
    who: ownersWrite,
    ids: { fleet: foreign.fleet },
  },
  'invitations.list': {
    input: ({ fleet }) => ({ fleet: fleet.slug }),
    who: { ok: 'owner admin', FORBIDDEN: 'driver manager keyIn', NOT_FOUND: 'renter stranger rival' },
    ids: { fleet: foreign.fleet },
  },
  'invitations.revoke': {
    input: ({ invitations }) => ({ id: invitations.open.id }),
    who: { ok: 'owner', FORBIDDEN: 'admin', NOT_FOUND: 'renter stranger driver manager rival keyIn' },
    ids: { id: foreign.invitation },
  },
  'invitations.accept': {
    input: ({ invitations }) => ({ token: invitations.open.token }),
    who: { ok: 'renter stranger driver manager owner rival admin', FORBIDDEN: 'keyIn' },
  },
}
