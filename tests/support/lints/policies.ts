// Lints over row level security: every table behind it, every policy in the form that is safe and quick.
import { type Connection, codeOf, type Examined, inOurSchemas, type Lint, ourTables, query, readFunctions } from './lint.ts'

interface Policy {
  table: string
  name: string
  command: string
  roles: string[]
  using: string | null
  check: string | null
  /** Columns of the table that lead an index without a predicate. */
  indexed: string[]
}

const readPolicies = async (sql: Connection): Promise<Policy[]> => [
  ...(await sql.unsafe<Policy[]>(`
    select n.nspname || '.' || c.relname as table, p.polname as name, p.polcmd::text as command,
           array(select case r when 0 then 'public' else pg_get_userbyid(r) end from unnest(p.polroles) as r)::text[] as roles,
           pg_get_expr(p.polqual, p.polrelid) as using, pg_get_expr(p.polwithcheck, p.polrelid) as check,
           array(select a.attname from pg_index as i join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                  where i.indrelid = c.oid and i.indpred is null and i.indisvalid)::text[] as indexed
      from ${ourTables} join pg_policy as p on p.polrelid = c.oid order by 1, 2`)),
]

const everyPolicy =
  (fault: (policy: Policy) => string | null) =>
  async (sql: Connection): Promise<Examined[]> =>
    (await readPolicies(sql)).map((policy) => ({ object: `${policy.table}.${policy.name}`, fault: fault(policy) }))

const textOf = ({ using, check }: Policy): string => `${using ?? ''} ${check ?? ''}`

/** Columns of the policy's own table that it compares with who is asking. */
function identityColumns(policy: Policy): string[] {
  const own = policy.table.split('.')[1] ?? ''
  const compared = textOf(policy).matchAll(/(?:(\w+)\.)?(\w+) = (?:ANY \(ARRAY\(|\() ?SELECT private\.(?:uid|my_fleets)\(/g)
  return [...compared].flatMap(([, table, column]) => (table === undefined || table === own ? [column ?? ''] : []))
}

/** Tables whose rows a function locks, by function, with the role that it then acts as. */
async function readLocks(sql: Connection): Promise<{ fn: string; role: string; table: string }[]> {
  return (await readFunctions(sql)).flatMap((fn) => {
    const roles = fn.definer ? [fn.owner] : fn.grantees.filter((name) => name !== fn.owner)
    const locked = codeOf(fn.source)
      .split(';')
      .filter((statement) => /\bfor\s+(no\s+key\s+)?update\b|\bfor\s+(key\s+)?share\b/i.test(statement))
    const tables = locked.flatMap((statement) =>
      [...statement.matchAll(/\b(?:from|join)\s+((?:public|private|auth)\.\w+)(?!\w|\s*\()/gi)].map((match) => match[1] ?? ''),
    )
    return roles.flatMap((role) => tables.map((table) => ({ fn: fn.name, role, table })))
  })
}

async function lockedUnderPolicies(sql: Connection): Promise<Examined[]> {
  const policies = await readPolicies(sql)
  const locks = await readLocks(sql)
  return locks.map(({ fn, role, table }) => {
    const allowed = policies.some((p) => p.table === table && p.roles.includes(role) && (p.command === 'w' || p.command === '*'))
    return { object: fn, fault: allowed ? null : `locks ${table} as ${role}, who has no policy to update it` }
  })
}

const policy = (on: string, rest: string): string => `create policy made on public.${on} ${rest}`

export const policyLints: Lint[] = [
  {
    guarantee: 'row level security is enabled and forced on every table',
    least: 20,
    examine: query(`
      select n.nspname || '.' || c.relname as object,
             case when not c.relrowsecurity then 'is not enabled' when not c.relforcerowsecurity then 'is not forced' end as fault
        from ${ourTables} where c.relkind in ('r', 'p')`),
    breaks: [
      { does: 'a table whose owner passes', sql: 'alter table public.trips no force row level security', reports: 'public.trips' },
      { does: 'a table without it', sql: 'alter table public.trips disable row level security', reports: 'public.trips' },
      { does: 'a new table', sql: 'create table public.made (id uuid)', reports: 'public.made' },
      { does: 'a table in a new schema', sql: 'create schema made create table made.made (id uuid)', reports: 'made.made' },
    ],
  },
  {
    guarantee: 'every policy names its roles',
    least: 24,
    examine: everyPolicy(({ roles }) => (roles.includes('public') ? 'is for everybody' : null)),
    breaks: [{ does: 'a policy for PUBLIC', sql: policy('trips', 'using (true)'), reports: 'public.trips.made' }],
  },
  {
    guarantee: 'policies read the identity once a statement, in a sub-select, not once a row',
    least: 24,
    examine: everyPolicy((given) => {
      // What is added is one row, or few: `private.may_...` judges each of them, which costs less than preparing sub-selects.
      const text = given.command === 'a' ? textOf(given).replaceAll(/\bprivate\.may_\w+\(/g, '(') : textOf(given)
      const perRow = /(?<!SELECT )(?:(?:private|public|auth)\.\w+\(|current_setting\()/.exec(text)
      return perRow === null ? null : `calls ${perRow[0]}...) for each row`
    }),
    breaks: [
      {
        does: 'private.uid() for each row',
        sql: policy('trips', 'for select to fleetflow_fn using (booked_by_id = private.uid())'),
        reports: 'public.trips.made',
      },
      {
        does: 'a judge of added rows for each row that is read',
        sql: policy('trips', 'for select to fleetflow_fn using (private.may_book(fleet_id, booked_by_id, purpose))'),
        reports: 'public.trips.made',
      },
      {
        does: 'a setting for each row',
        sql: policy('trips', `for select to fleetflow_fn using (note = current_setting('a.b', true))`),
        reports: 'public.trips.made',
      },
    ],
  },
  {
    guarantee: 'policies compare the identity with =, so that nobody is nobody: never with is null, is distinct from or <>',
    least: 24,
    examine: everyPolicy((given) => {
      const open =
        /(?:(?:uid|my_fleets|is_admin)\(\)(?: AS \w+)?|current_setting\([^)]*\)(?: AS \w+)?)\) (IS NULL|IS (?:NOT )?DISTINCT|<>)/i.exec(
          textOf(given),
        )
      const negated = /(?:<>|IS (?:NOT )?DISTINCT FROM|NOT) \( ?SELECT (?:private\.|current_setting)/i.exec(textOf(given))
      return open === null && negated === null ? null : `asks ${open?.[1] ?? negated?.[0]}`
    }),
    breaks: [
      {
        does: 'an identity that may be missing',
        sql: policy('trips', 'for select to fleetflow_fn using ((select private.uid()) is null or booked_by_id = (select private.uid()))'),
        reports: 'public.trips.made',
      },
      {
        does: 'everybody else',
        sql: policy('trips', 'for select to fleetflow_fn using (booked_by_id <> (select private.uid()))'),
        reports: 'public.trips.made',
      },
    ],
  },
  {
    guarantee: 'every column that a policy compares with the identity leads an index',
    least: 24,
    examine: everyPolicy((given) => {
      const slow = identityColumns(given).filter((column) => !given.indexed.includes(column))
      return slow.length === 0 ? null : `has no index on ${slow.join(', ')}`
    }),
    breaks: [
      {
        does: 'a column without an index',
        sql: policy('trips', 'for select to fleetflow_fn using (series_id = (select private.uid()))'),
        reports: 'public.trips.made',
      },
      { does: 'an index that is gone', sql: 'drop index public.reviews_author_id_idx', reports: 'public.reviews.reviews_read' },
    ],
  },
  {
    guarantee: 'a policy for changes says what a row may become, so that none moves to another owner',
    least: 24,
    examine: everyPolicy(({ command, check }) => ((command === 'w' || command === '*') && check === null ? 'has no WITH CHECK' : null)),
    breaks: [
      {
        does: 'an update that may give rows away',
        sql: policy('trips', 'for update to fleetflow_fn using (booked_by_id = (select private.uid()))'),
        reports: 'public.trips.made',
      },
    ],
  },
  {
    guarantee: 'what is open to everybody is for fleetflow_sys, an owner of the whole table, or public knowledge',
    least: 24,
    examine: everyPolicy(({ table, roles, using, check }) =>
      (using === 'true' || check === 'true') && roles.includes('fleetflow_fn') && table !== 'public.trip_transitions'
        ? 'lets everybody through'
        : null,
    ),
    breaks: [
      {
        does: 'a policy that lets everybody through',
        sql: policy('trips', 'for select to fleetflow_fn using (true)'),
        reports: 'public.trips.made',
      },
    ],
  },
  {
    guarantee: 'whoever locks a row has a policy to update it: without one the lock finds nothing and locks nothing',
    least: 10,
    examine: lockedUnderPolicies,
    breaks: [
      { does: 'a policy that is gone', sql: 'drop policy trips_change on public.trips', reports: 'private.find_trip' },
      {
        does: 'a lock on a table that people only read',
        sql: `create function private.made() returns integer language plpgsql volatile set search_path = pg_catalog, public, pg_temp as
              $made$ begin perform from public.reviews as r where r.rating = 1 for no key update; return 1; end $made$;
              grant execute on function private.made() to fleetflow_fn`,
        reports: 'private.made',
      },
    ],
  },
  {
    guarantee: 'no policy shows a row to the login role of the API',
    least: 24,
    examine: everyPolicy(({ roles }) => (roles.includes('fleetflow_api') ? 'is for fleetflow_api' : null)),
    breaks: [
      { does: 'rows for the API itself', sql: policy('trips', 'for select to fleetflow_api using (false)'), reports: 'public.trips.made' },
    ],
  },
  {
    guarantee:
      'there is no way around the tables: no view without security_invoker, no materialised view, rule, foreign table or child table',
    least: 20,
    examine: query(`
      select n.nspname || '.' || c.relname as object,
             case when c.relkind = 'm' then 'is a materialised view'
                  when c.relkind = 'f' then 'is a foreign table'
                  when c.relkind = 'v' and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)
                    then 'runs as its owner'
                  when c.relkind <> 'v' and exists (select from pg_rewrite as r where r.ev_class = c.oid) then 'has a rule'
                  when exists (select from pg_inherits as i where c.oid in (i.inhrelid, i.inhparent)) then 'inherits' end as fault
        from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
       where ${inOurSchemas} and c.relkind in ('r', 'p', 'v', 'm', 'f')`),
    breaks: [
      { does: 'a view', sql: 'create view public.made as select * from public.trips', reports: 'public.made' },
      {
        does: 'a view that was told otherwise',
        sql: 'create view public.made with (security_invoker = false) as select 1 as one',
        reports: 'public.made',
      },
      { does: 'a materialised view', sql: 'create materialized view public.made as select id from public.trips', reports: 'public.made' },
      { does: 'a rule', sql: 'create rule made as on delete to public.trips do instead nothing', reports: 'public.trips' },
      { does: 'a child table', sql: 'create table public.made () inherits (public.users)', reports: 'public.made' },
    ],
  },
]
