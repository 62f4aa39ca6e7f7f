// Lints over tables: whose they are, what their columns may hold, and which keys and checks stand behind them.
import { type Lint, ourTables, query } from './lint.ts'

/** Rate plans are immutable and never deleted: a past price can always be computed again. */
const toWhatIsNeverDeleted = `'trips_rate_plan_id_fkey', 'quotes_rate_plan_id_fkey'`

/** What a table would be called in its neighbours' columns: a change of these gives a row to somebody else. */
const ownership = `'id', 'car_id', 'fleet_id', 'user_id', 'booked_by_id', 'author_id', 'is_admin', 'suspended_at', 'total_cost', 'role'`

const columns = `${ourTables} join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`

export const tableLints: Lint[] = [
  {
    guarantee: 'every table and sequence belongs to fleetflow_owner',
    least: 20,
    examine: query(`
      select n.nspname || '.' || c.relname as object,
             case when pg_get_userbyid(c.relowner) <> 'fleetflow_owner' then 'belongs to ' || pg_get_userbyid(c.relowner) end as fault
        from ${ourTables} where c.relkind in ('r', 'p', 'S', 'v', 'm', 'f')`),
    breaks: [{ does: 'a table of a function role', sql: 'alter table public.trips owner to fleetflow_fn', reports: 'public.trips' }],
  },
  {
    guarantee:
      'no column is a float, a naive timestamp, json or a free numeric, but the average that the database derives from two integers',
    least: 100,
    examine: query(`
      select n.nspname || '.' || c.relname || '.' || a.attname as object,
             case when t.typname in ('float4', 'float8', 'money', 'timestamp', 'time', 'timetz', 'json', '_float4', '_float8', '_numeric', 'tsrange', 'numrange')
                    or t.typname = 'numeric' and not (a.attgenerated = 's' and c.relname = 'cars' and a.attname = 'avg_rating')
                  then 'is ' || format_type(a.atttypid, a.atttypmod) end as fault
        from ${columns} join pg_type as t on t.oid = a.atttypid where c.relkind in ('r', 'p')`),
    breaks: [
      { does: 'a float', sql: 'alter table public.trips add column made double precision', reports: 'public.trips.made' },
      { does: 'a numeric', sql: 'alter table public.trips add column made numeric', reports: 'public.trips.made' },
      { does: 'a naive timestamp', sql: 'alter table public.trips add column made timestamp', reports: 'public.trips.made' },
    ],
  },
  {
    guarantee: 'every range is there, not empty, and bounded by finite values',
    least: 3,
    examine: query(`
      with ranges as (
        select n.nspname || '.' || c.relname || '.' || a.attname as object, a.attname as name, a.attnotnull, t.typname,
               (select coalesce(string_agg(pg_get_constraintdef(k.oid), ' '), '') from pg_constraint as k
                 where k.conrelid = c.oid and k.contype = 'c' and k.convalidated) as checks
          from ${columns} join pg_type as t on t.oid = a.atttypid and t.typtype in ('r', 'm') where c.relkind in ('r', 'p'))
      select object, case when not attnotnull then 'may be NULL'
               when strpos(checks, '(NOT isempty(' || name || '))') = 0 then 'may be empty'
               when strpos(checks, '(NOT lower_inf(' || name || '))') = 0 or strpos(checks, '(NOT upper_inf(' || name || '))') = 0 then 'may be unbounded'
               when strpos(checks, 'isfinite(lower(' || name || '))') = 0 and strpos(checks, '(lower(' || name || ') >= ''') = 0
                 or strpos(checks, 'isfinite(upper(' || name || '))') = 0 and strpos(checks, '(upper(' || name || ') <= ''') = 0
               then 'may end in infinity' end as fault
        from ranges`),
    breaks: [
      { does: 'no check', sql: 'alter table public.trips drop constraint trips_blocked_finite', reports: 'public.trips.blocked' },
      {
        does: 'NULL',
        sql: 'alter table public.driver_assignments alter column period drop not null',
        reports: 'public.driver_assignments.period',
      },
      { does: 'a new range', sql: 'alter table public.trips add column made tstzrange', reports: 'public.trips.made' },
    ],
  },
  {
    guarantee: 'no column of an exclusion constraint may be NULL, which it would let through',
    least: 5,
    examine: query(`
      select k.conname || '.' || a.attname as object, case when not a.attnotnull then 'may be NULL' end as fault
        from pg_constraint as k join ${columns} on k.conrelid = c.oid and a.attnum = any (k.conkey) where k.contype = 'x'`),
    breaks: [{ does: 'NULL', sql: 'alter table public.trips alter column blocked drop not null', reports: 'prevent_overlap.blocked' }],
  },
  {
    guarantee: 'every constraint is validated, enforced and judged at once',
    least: 120,
    examine: query(`
      select n.nspname || '.' || c.relname || '.' || k.conname as object,
             case when k.condeferrable then 'is deferrable' when not k.convalidated then 'is not validated'
                  when not coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true) then 'is not enforced' end as fault
        from ${ourTables} join pg_constraint as k on k.conrelid = c.oid`),
    breaks: [
      {
        does: 'a deferrable constraint',
        sql: 'alter table public.car_classes add constraint made unique (id, slug) deferrable initially deferred',
        reports: 'public.car_classes.made',
      },
      {
        does: 'one that old rows need not meet',
        sql: 'alter table public.users add constraint made check (name <> email) not valid',
        reports: 'public.users.made',
      },
    ],
  },
  {
    guarantee: 'every foreign key says what a deletion does',
    least: 25,
    examine: query(`
      select k.conname as object, case when k.confdeltype not in ('c', 'r') then 'leaves it open' end as fault
        from ${ourTables} join pg_constraint as k on k.conrelid = c.oid where k.contype = 'f'`),
    breaks: [
      {
        does: 'nothing said',
        sql: 'alter table public.trips add column made uuid constraint made references public.users (id)',
        reports: 'made',
      },
    ],
  },
  {
    guarantee: 'every foreign key is indexed, but those to rows that are never deleted',
    least: 25,
    examine: query(`
      select k.conname as object, case when k.conname not in (${toWhatIsNeverDeleted}) and not exists (
               select from pg_index as i
                where i.indrelid = k.conrelid and i.indisvalid
                  -- An index of rows that point somewhere finds whatever points there.
                  and (i.indpred is null or cardinality(k.conkey) = 1 and pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)',
                    (select a.attname from pg_attribute as a where a.attrelid = k.conrelid and a.attnum = k.conkey[1])))
                  and (select array_agg(m order by m) from unnest((i.indkey::smallint[])[0:cardinality(k.conkey) - 1]) as m)
                    = (select array_agg(m order by m) from unnest(k.conkey) as m)) then 'has no index' end as fault
        from ${ourTables} join pg_constraint as k on k.conrelid = c.oid where k.contype = 'f'`),
    breaks: [{ does: 'an index that is gone', sql: 'drop index public.reviews_author_id_idx', reports: 'reviews_author_id_fkey' }],
  },
  {
    guarantee: 'every index is valid and every trigger fires',
    least: 60,
    examine: query(`
      select i.indexrelid::regclass::text as object, case when not (i.indisvalid and i.indisready and i.indislive) then 'is not valid' end as fault
        from ${ourTables} join pg_index as i on i.indrelid = c.oid
      union all
      select n.nspname || '.' || c.relname || '.' || t.tgname, case when t.tgenabled <> 'O' then 'is switched off' end
        from ${ourTables} join pg_trigger as t on t.tgrelid = c.oid`),
    breaks: [
      { does: 'a trigger switched off', sql: 'alter table public.trips disable trigger user', reports: 'public.trips._060_version' },
      {
        does: 'a trigger for replicas alone',
        sql: 'alter table public.trips enable replica trigger _060_version',
        reports: 'public.trips._060_version',
      },
      {
        does: 'an index that was not finished',
        sql: `update pg_index set indisvalid = false where indexrelid = 'public.trips_id_idx'::regclass`,
        reports: 'trips_id_idx',
      },
    ],
  },
  {
    guarantee: 'numbers that count up are no order: the outbox has the only one',
    least: 100,
    examine: query(`
      select n.nspname || '.' || c.relname || '.' || a.attname as object,
             case when (a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) like 'nextval%') and (c.relname, a.attname) <> ('outbox', 'seq')
                  then 'counts up' end as fault
        from ${columns} left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum where c.relkind in ('r', 'p')`),
    breaks: [
      {
        does: 'an identity column',
        sql: 'alter table public.trips add column made bigint generated always as identity',
        reports: 'public.trips.made',
      },
      { does: 'a serial column', sql: 'alter table public.trips add column made bigserial', reports: 'public.trips.made' },
    ],
  },
  {
    guarantee:
      'fleetflow_fn updates named columns, none of which says whose a row is, what it costs or what its user may do; roles are set by owners',
    least: 100,
    examine: query(`
      select n.nspname || '.' || c.relname || '.' || a.attname as object, 'is updated by fleetflow_fn' as fault
        from ${columns} where c.relkind in ('r', 'p') and a.attname in (${ownership}) and (c.relname, a.attname) <> ('fleet_members', 'role') and has_column_privilege('fleetflow_fn', c.oid, a.attnum, 'UPDATE')
      union all
      select n.nspname || '.' || c.relname || '.' || a.attname, null from ${columns} where c.relkind in ('r', 'p')
      union all
      select n.nspname || '.' || c.relname, 'is updated as a whole' from ${ourTables}
       where c.relkind in ('r', 'p') and has_table_privilege('fleetflow_fn', c.oid, 'UPDATE')
      union all
      select n.nspname || '.' || c.relname, 'is emptied by fleetflow_fn' from ${ourTables}
       where c.relkind in ('r', 'p') and has_table_privilege('fleetflow_fn', c.oid, 'TRUNCATE, REFERENCES, TRIGGER')`),
    breaks: [
      {
        does: 'a trip for somebody else',
        sql: 'grant update (booked_by_id) on public.trips to fleetflow_fn',
        reports: 'public.trips.booked_by_id',
      },
      { does: 'a price', sql: 'grant update (total_cost) on public.trips to fleetflow_fn', reports: 'public.trips.total_cost' },
      { does: 'a whole table', sql: 'grant update on public.quotes to fleetflow_fn', reports: 'public.quotes' },
      { does: 'emptying', sql: 'grant truncate on public.quotes to fleetflow_fn', reports: 'public.quotes' },
    ],
  },
]
