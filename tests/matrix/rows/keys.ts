// Who may make, see and end API keys: owners, and no key.
import { foreign, type Row } from '../row.ts'

const ownersWrite = { ok: 'owner', FORBIDDEN: 'driver manager admin keyIn', NOT_FOUND: 'renter stranger rival' }
const ownersRead = { ok: 'owner admin', FORBIDDEN: 'driver manager keyIn', NOT_FOUND: 'renter stranger rival' }

export const keys: Record<string, Row> = {
  'apiKeys.create': {
    input: ({ fleet }) => ({ fleet: fleet.slug, name: 'Import', role: 'driver', procedures: ['cars.list'] }),
    who: ownersWrite,
    ids: { fleet: foreign.fleet },
  },
  'apiKeys.list': { input: ({ fleet }) => ({ fleet: fleet.slug }), who: ownersRead, ids: { fleet: foreign.fleet } },
  'apiKeys.revoke': {
    input: ({ keys }) => ({ id: keys.own }),
    who: ownersWrite,
    ids: { id: { foreign: ({ keys }) => keys.hidden } },
  },
}
