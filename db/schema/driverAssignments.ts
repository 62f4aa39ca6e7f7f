// When a driver drives: one row a trip that names one, keyed by the driver, so that `driver_busy` keeps a person from two trips at once.
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { instant, instantRange } from './columns.ts'
import { users } from './users.ts'

export const driverAssignments = pgTable(
  'driver_assignments',
  {
    driverId: uuid('driver_id').notNull(),
    tripId: uuid('trip_id').notNull(),
    period: instantRange('period').notNull(),
    expiresAt: instant('expires_at'),
  },
  (t) => [
    primaryKey({ name: 'driver_assignments_pkey', columns: [t.driverId, t.tripId] }),
    foreignKey({ name: 'driver_assignments_driver_id_fkey', columns: [t.driverId], foreignColumns: [users.id] }).onDelete('restrict'),
    index('driver_assignments_trip_id_idx').on(t.tripId),
    index('driver_assignments_expires_at_idx').on(t.expiresAt).where(sql`${t.expiresAt} is not null`),
    check(
      'driver_assignments_period_finite',
      sql`not isempty(${t.period}) and not lower_inf(${t.period}) and not upper_inf(${t.period}) and isfinite(lower(${t.period})) and isfinite(upper(${t.period}))`,
    ),
    check('driver_assignments_period_bounds', sql`lower_inc(${t.period}) and not upper_inc(${t.period})`),
  ],
)
