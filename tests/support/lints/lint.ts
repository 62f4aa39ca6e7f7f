// A lint over PostgreSQL's catalog: what it examines, what is wrong with it, and changes that it must notice.
import type postgres from 'postgres'

export type Connection = postgres.Sql | postgres.TransactionSql

export interface Examined {
  object: string
  /** What is wrong with it; null when nothing is. */
  fault: string | null
}

export interface Lint {
  /** What holds when the lint is silent. */
  guarantee: string
  /** It must have looked at this many objects at least. */
  least: number
  examine(sql: Connection): Promise<Examined[]>
  /** Statements that break the guarantee, and the object that is then reported. */
  breaks: { does: string; sql: string; reports: string }[]
}

/** Objects with faults, as `object: fault`. */
export const faults = (examined: readonly Examined[]): string[] =>
  examined.flatMap(({ object, fault }) => (fault === null ? [] : [`${object}: ${fault}`])).sort()

/** A lint that is one query with the columns `object` and `fault`. */
export const query =
  (text: string) =>
  async (sql: Connection): Promise<Examined[]> => [...(await sql.unsafe<Examined[]>(text))]

/** Every schema that is not PostgreSQL's own: a new one is looked at from its first day. */
export const inOurSchemas = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

/** Whether an object came with an extension. */
export const ofExtension = (oid: string, catalog: string): string =>
  `exists (select from pg_depend as d where d.objid = ${oid} and d.classid = '${catalog}'::regclass and d.deptype = 'e')`

/** Joins tables of ours as `c` with their schema `n`. */
export const ourTables = `pg_class as c join pg_namespace as n on n.oid = c.relnamespace and ${inOurSchemas} and not ${ofExtension('c.oid', 'pg_class')}`

export interface OurFunction {
  name: string
  schema: string
  owner: string
  definer: boolean
  config: string[] | null
  source: string
  language: string
  leakproof: boolean
  trigger: boolean
  /** Who may execute it, its owner among them. */
  grantees: string[]
}

/** Every function in our schemas but those of extensions. */
export const readFunctions = async (sql: Connection): Promise<OurFunction[]> => [
  ...(await sql.unsafe<OurFunction[]>(`
    select n.nspname || '.' || p.proname as name, n.nspname as schema, pg_get_userbyid(p.proowner) as owner, p.prosecdef as definer,
           p.proconfig as config, p.prosrc as source, l.lanname as language, p.proleakproof as leakproof,
           p.prorettype = 'trigger'::regtype as trigger,
           array(select case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee) end
                   from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a order by 1)::text[] as grantees
      from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace join pg_language as l on l.oid = p.prolang
     where ${inOurSchemas} and not ${ofExtension('p.oid', 'pg_proc')}
     order by 1`)),
]

/** A function's text without comments and without what stands in quotes. */
export const codeOf = (source: string): string =>
  source
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/--.*$/gm, ' ')
    .replace(/'(?:[^']|'')*'/g, "''")

/** Examines every function by itself. */
export const everyFunction =
  (fault: (fn: OurFunction) => string | null) =>
  async (sql: Connection): Promise<Examined[]> =>
    (await readFunctions(sql)).map((fn) => ({ object: fn.name, fault: fault(fn) }))

/** A function named `private.made` that is well made but for what is given here. */
export const made = (body: string, given: { language?: string; head?: string; config?: string; owner?: string } = {}): string => `
  create function private.made() returns integer language ${given.language ?? 'plpgsql'} volatile ${given.head ?? ''}
    ${given.config ?? 'set search_path = pg_catalog, public, pg_temp'} as $made$ ${body} $made$;
  alter function private.made() owner to ${given.owner ?? 'fleetflow_owner'};
  revoke all on function private.made() from public`
