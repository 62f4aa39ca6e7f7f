// The REST face of one's own account, and of administrators' power over others'.
import type { RestRoute } from '../http/rest.ts'

export const accountRoutes: readonly RestRoute[] = [
  {
    method: 'PATCH',
    url: '/api/me',
    operations: [{ procedure: 'me.update', summary: 'Change your display name', example: { name: 'Dana' } }],
  },
  { method: 'GET', url: '/api/me/export', operations: [{ procedure: 'me.export', summary: 'Everything that is held about you' }] },
  {
    method: 'POST',
    url: '/api/me/erase',
    operations: [{ procedure: 'me.erase', summary: 'Remove yourself for good; your trips stay', example: { confirm: 'erase' } }],
  },
  {
    method: 'POST',
    url: '/api/users/:id/suspend',
    operations: [{ procedure: 'users.suspend', summary: 'Shut somebody out, for administrators', example: { reason: 'Fraud' } }],
  },
  {
    method: 'POST',
    url: '/api/users/:id/reinstate',
    operations: [{ procedure: 'users.reinstate', summary: 'Let somebody in again, for administrators', example: {} }],
  },
]
