// "Any van": cars of one class may stand in for each other.
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { fleets } from './fleets.ts'
import { ratePlans } from './ratePlans.ts'

export const carClasses = pgTable(
  'car_classes',
  {
    id: uuid('id').notNull(),
    fleetId: uuid('fleet_id').notNull(),
    slug: text('slug').notNull(),
    name: text('name').notNull(),
    ratePlanId: uuid('rate_plan_id'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'car_classes_pkey', columns: [t.id] }),
    unique('car_classes_fleet_id_slug_key').on(t.fleetId, t.slug),
    unique('car_classes_fleet_id_id_key').on(t.fleetId, t.id),
    foreignKey({ name: 'car_classes_fleet_id_fkey', columns: [t.fleetId], foreignColumns: [fleets.id] }).onDelete('restrict'),
    foreignKey({
      name: 'car_classes_rate_plan_id_fkey',
      columns: [t.fleetId, t.ratePlanId],
      foreignColumns: [ratePlans.fleetId, ratePlans.id],
    }).onDelete('restrict'),
    index('car_classes_fleet_id_rate_plan_id_idx').on(t.fleetId, t.ratePlanId),
    check('car_classes_slug_form', sql`${t.slug} ~ '^[a-z0-9][a-z0-9-]{0,62}$'`),
    check('car_classes_name_length', sql`length(${t.name}) between 1 and 200`),
  ],
)
