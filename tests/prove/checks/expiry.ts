// Time alone ends holds and requests, and not before their limit.
import type { Check } from './check.ts'

export const expiry: Check = {
  name: 'expiry',
  promise: 'no hold and no request expired before its time',
  during: true,
  judged: ({ snapshot }) => snapshot.trips.filter(({ status }) => status === 'expired').length,
  find: ({ snapshot }) =>
    snapshot.trips
      .filter(
        ({ status, respondBy, holdExpiresAt, updatedAt }) => status === 'expired' && updatedAt < (respondBy ?? holdExpiresAt ?? Number.NaN),
      )
      .map(({ id, respondBy, holdExpiresAt, updatedAt }) => ({
        check: 'expiry',
        problem: 'a trip expired before its time',
        tripId: id,
        secondsEarly: Math.round(((respondBy ?? holdExpiresAt ?? 0) - updatedAt) / 1_000_000),
      })),
}
