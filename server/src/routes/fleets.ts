// The REST face of a fleet: itself, its members, invitations, rules and API keys.
import type { RestRoute } from '../http/rest.ts'

const userId = '5f0c1d5e-6a8e-7c3a-9b61-0d2f4e8a7c12'

export const fleetRoutes: readonly RestRoute[] = [
  {
    method: 'POST',
    url: '/api/fleets',
    status: 201,
    location: '/api/fleets/{id}',
    operations: [
      {
        procedure: 'fleets.create',
        summary: 'Open a fleet of your own',
        example: { slug: 'harbour-cars', name: 'Harbour Cars', currency: 'EUR', timeZone: 'Europe/Lisbon', visibility: 'public' },
      },
    ],
  },
  { method: 'GET', url: '/api/fleets/:fleet', operations: [{ procedure: 'fleets.get', summary: 'Read a fleet and your role in it' }] },
  {
    method: 'PATCH',
    url: '/api/fleets/:fleet',
    operations: [
      {
        procedure: 'fleets.update',
        summary: 'Change what a fleet is called, who sees it and its time zone',
        example: { name: 'Harbour Cars Lisbon', visibility: 'members' },
      },
    ],
  },
  {
    method: 'POST',
    url: '/api/fleets/:fleet/transfer',
    operations: [{ procedure: 'fleets.transfer', summary: 'Hand a fleet to another member', example: { userId } }],
  },
  {
    method: 'GET',
    url: '/api/fleets/:fleet/members',
    operations: [{ procedure: 'members.list', summary: 'List the people who work for a fleet' }],
  },
  {
    method: 'PATCH',
    url: '/api/fleets/:fleet/members/:userId',
    operations: [{ procedure: 'members.setRole', summary: 'Change the role of a member', example: { role: 'manager' } }],
  },
  {
    method: 'POST',
    url: '/api/fleets/:fleet/members/:userId/remove',
    operations: [{ procedure: 'members.remove', summary: 'Take somebody out of a fleet', example: {} }],
  },
  {
    method: 'POST',
    url: '/api/fleets/:fleet/leave',
    operations: [{ procedure: 'members.leave', summary: 'Leave a fleet', example: {} }],
  },
  {
    method: 'POST',
    url: '/api/fleets/:fleet/invitations',
    status: 201,
    operations: [
      {
        procedure: 'invitations.create',
        summary: 'Invite somebody to work for a fleet',
        example: { role: 'driver', email: 'dana@example.com', expiresInDays: 7 },
      },
    ],
  },
  {
    method: 'GET',
    url: '/api/fleets/:fleet/invitations',
    operations: [{ procedure: 'invitations.list', summary: 'List the invitations to a fleet' }],
  },
  {
    method: 'POST',
    url: '/api/invitations/:id/revoke',
    operations: [{ procedure: 'invitations.revoke', summary: 'Take an invitation back', example: {} }],
  },
  {
    method: 'POST',
    url: '/api/invitations/accept',
    operations: [{ procedure: 'invitations.accept', summary: 'Join the fleet that invited you', example: { token: 'ffi_...' } }],
  },
  {
    method: 'GET',
    url: '/api/fleets/:fleet/rules',
    operations: [{ procedure: 'fleets.getRules', summary: 'Read the rules that a fleet sets for its renters' }],
  },
  {
    method: 'PATCH',
    url: '/api/fleets/:fleet/rules',
    operations: [
      {
        procedure: 'fleets.setRules',
        summary: 'Change the rules of a fleet for bookings to come',
        example: {
          openingHours: { mon: [['08:00', '18:00']], tue: [['08:00', '18:00']] },
          noticeMinutes: 120,
          maxOpenTrips: 3,
          version: 1,
        },
      },
    ],
  },
  {
    method: 'POST',
    url: '/api/fleets/:fleet/api-keys',
    status: 201,
    operations: [
      {
        procedure: 'apiKeys.create',
        summary: 'Make an API key; the answer is the only time that it is shown',
        example: { name: 'Night import', role: 'driver', procedures: ['cars.list', 'trips.list'], expiresInDays: 90 },
      },
    ],
  },
  {
    method: 'GET',
    url: '/api/fleets/:fleet/api-keys',
    operations: [{ procedure: 'apiKeys.list', summary: "List a fleet's API keys and when they were used last" }],
  },
  { method: 'POST', url: '/api/api-keys/:id/revoke', operations: [{ procedure: 'apiKeys.revoke', summary: 'End an API key at once' }] },
]
