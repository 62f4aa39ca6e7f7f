// Who may do what with their own account, and with others'.
import type { Row } from '../row.ts'

const people = 'renter stranger driver manager rival admin'

export const account: Record<string, Row> = {
  'me.update': { input: () => ({ name: 'Renamed' }), who: { ok: `${people} owner`, FORBIDDEN: 'keyIn' } },
  'me.export': { input: () => ({}), who: { ok: `${people} owner`, FORBIDDEN: 'keyIn' } },
  'me.erase': {
    input: () => ({ confirm: 'erase' }),
    who: { ok: 'stranger driver manager admin', INVALID_STATE: 'renter', LAST_OWNER: 'owner rival', FORBIDDEN: 'keyIn' },
  },
  'users.suspend': {
    input: ({ users }) => ({ id: users.stranger, reason: 'Fraud' }),
    who: { ok: 'admin', FORBIDDEN: 'renter stranger driver manager owner rival keyIn' },
    ids: { id: { foreign: () => '01900000-0000-7000-8000-000000000001' } },
  },
  'users.reinstate': {
    input: ({ users }) => ({ id: users.suspended }),
    who: { ok: 'admin', FORBIDDEN: 'renter stranger driver manager owner rival keyIn' },
    ids: { id: { foreign: () => '01900000-0000-7000-8000-000000000001' } },
  },
}
