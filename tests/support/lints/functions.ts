// Lints over functions: who runs them, as whom, with which path, and what they may not do.
import { codeOf, everyFunction, type Lint, made, type OurFunction } from './lint.ts'

const ours = ['fleetflow_owner', 'fleetflow_fn', 'fleetflow_sys', 'fleetflow_api', 'fleetflow_auth']
const pinned = 'search_path=pg_catalog, public, pg_temp'

/** What a text holds after each `name(`, split at the commas that are not inside brackets. */
function argumentsOf(code: string, name: string): string[][] {
  const found: string[][] = []
  for (const match of code.matchAll(new RegExp(`\\b${name}\\s*\\(`, 'gi'))) {
    const given = ['']
    let depth = 1
    for (let at = match.index + match[0].length; at < code.length; at += 1) {
      const sign = code[at] ?? ''
      if (sign === '(') depth += 1
      else if (sign === ')') depth -= 1
      if (depth === 0) break
      if (sign === ',' && depth === 1) given.push('')
      else given.push(`${given.pop() ?? ''}${sign}`)
    }
    found.push(given.map((argument) => argument.trim()))
  }
  return found
}

/** The first of these patterns that a function's code matches, in words. */
const without =
  (patterns: Record<string, RegExp>) =>
  ({ source }: OurFunction): string | null =>
    Object.entries(patterns).find(([, pattern]) => pattern.test(codeOf(source)))?.[0] ?? null

function staysInTransaction({ source, config }: OurFunction): string | null {
  const code = codeOf(source)
  if (argumentsOf(code, 'set_config').some((given) => given[2]?.toLowerCase() !== 'true')) return 'calls set_config for the session'
  if (/(^|;|\bbegin|\bthen|\belse|\bloop)\s*(set\s+(?!local\b)\w|reset\b|discard\b)/i.test(code)) return 'sets or resets for the session'
  return config?.some((setting) => setting.startsWith('fleetflow.')) ? 'pins an identity' : null
}

export const functionLints: Lint[] = [
  {
    guarantee: 'every function pins its search path with pg_temp last',
    least: 200,
    examine: everyFunction(({ config }) => (config?.includes(pinned) ? null : `has ${config?.join('; ') ?? 'no settings'}`)),
    breaks: [
      { does: 'a path that is not pinned', sql: 'alter function private.uid() reset search_path', reports: 'private.uid' },
      { does: 'pg_temp first', sql: 'alter function private.uid() set search_path = pg_temp, pg_catalog, public', reports: 'private.uid' },
      { does: 'pg_temp left out', sql: 'alter function private.uid() set search_path = pg_catalog, public', reports: 'private.uid' },
    ],
  },
  {
    guarantee: 'no function is executable by PUBLIC or by a role that is not ours',
    least: 200,
    examine: everyFunction(({ grantees }) => grantees.find((name) => !ours.includes(name)) ?? null),
    breaks: [
      { does: 'a grant to PUBLIC', sql: 'grant execute on function private.uid() to public', reports: 'private.uid' },
      {
        does: 'a function of a superuser',
        sql: 'create function public.made() returns integer language sql return 1',
        reports: 'public.made',
      },
      { does: 'a stranger', sql: 'create role stranger; grant execute on function private.uid() to stranger', reports: 'private.uid' },
    ],
  },
  {
    guarantee:
      'definers run as fleetflow_fn where people enter and as fleetflow_sys in helpers: never as an owner of tables or past row level security',
    least: 200,
    examine: everyFunction(({ definer, schema, owner }) => {
      const wanted = schema === 'public' ? 'fleetflow_fn' : 'fleetflow_sys'
      return definer && owner !== wanted ? `runs as ${owner}, not as ${wanted}` : null
    }),
    breaks: [
      { does: 'an owner of tables', sql: made('begin return 1; end', { head: 'security definer' }), reports: 'private.made' },
      { does: 'a superuser', sql: made('begin return 1; end', { head: 'security definer', owner: 'postgres' }), reports: 'private.made' },
    ],
  },
  {
    guarantee: 'no function runs SQL that it makes up',
    least: 200,
    examine: everyFunction(
      without({
        'runs dynamic SQL': /\bexecute\b/i,
        'runs a query given as text':
          /\b(query|cursor|table|schema|database)_to_xml|\bts_stat\s*\(|\bts_rewrite\s*\(|\bdblink|\bconnectby\s*\(|\bcrosstab/i,
      }),
    ),
    breaks: [
      { does: 'execute', sql: made(`begin execute format('select %L', 1); return 1; end`), reports: 'private.made' },
      {
        does: 'a cursor for a text',
        sql: made(`declare c refcursor; begin open c for execute 'select 1'; return 1; end`),
        reports: 'private.made',
      },
      {
        does: 'a query in a text',
        sql: made(`begin perform query_to_xml('select 1', true, true, ''); return 1; end`),
        reports: 'private.made',
      },
    ],
  },
  {
    guarantee: 'no function leaves a setting behind that outlives its transaction',
    least: 200,
    examine: everyFunction(staysInTransaction),
    breaks: [
      {
        does: 'set_config(..., false)',
        sql: made(`begin perform set_config('fleetflow.uid', coalesce(null, ''), false); return 1; end`),
        reports: 'private.made',
      },
      {
        does: 'set_config(..., a variable)',
        sql: made(`declare v boolean; begin perform set_config('a.b', '', v); return 1; end`),
        reports: 'private.made',
      },
      { does: 'set', sql: made(`begin set fleetflow.uid = 'x'; return 1; end`), reports: 'private.made' },
      { does: 'reset', sql: made('begin reset all; return 1; end'), reports: 'private.made' },
    ],
  },
  {
    guarantee: 'no function is leakproof: row level security would run it before the policy',
    least: 200,
    examine: everyFunction(({ leakproof }) => (leakproof ? 'is leakproof' : null)),
    breaks: [{ does: 'a leakproof function', sql: 'alter function private.uid() leakproof', reports: 'private.uid' }],
  },
  {
    guarantee: 'every function is SQL or plpgsql whose text can be read',
    least: 200,
    examine: everyFunction(({ language, source }) =>
      language !== 'sql' && language !== 'plpgsql' ? `is written in ${language}` : source.trim() === '' ? 'has no text' : null,
    ),
    breaks: [
      {
        does: 'a function of the server',
        sql: `create function private.made() returns integer language internal as 'pg_backend_pid'`,
        reports: 'private.made',
      },
      { does: 'a parsed body', sql: 'create function private.made() returns integer language sql return 1', reports: 'private.made' },
    ],
  },
  {
    guarantee: "no function rings a bell in a writer's transaction: only the relay does",
    least: 200,
    examine: everyFunction((fn) =>
      fn.name === 'private.relay' ? null : without({ notifies: /\bpg_notify\s*\(|(^|;|\bbegin|\bthen)\s*notify\b/i })(fn),
    ),
    breaks: [
      { does: 'a bell', sql: made(`begin perform pg_notify('a', 'b'); return 1; end`), reports: 'private.made' },
      { does: 'a bell as a statement', sql: made('begin notify a; return 1; end'), reports: 'private.made' },
    ],
  },
  {
    guarantee: 'no function takes an advisory lock, changes who it is, or reaches beyond the database',
    least: 200,
    examine: everyFunction(
      without({
        'takes an advisory lock': /\bpg_(try_)?advisory/i,
        'changes its role': /(^|;|\bbegin|\bthen|\belse|\bloop)\s*set\s+(local\s+)?(role|session)\b/i,
        'ends or cancels other sessions': /\bpg_(terminate|cancel)_backend/i,
        'touches files or large objects': /\bpg_(read|ls|stat)_|\blo_(import|export|create|open)|\blarge_?object/i,
      }),
    ),
    breaks: [
      { does: 'an advisory lock', sql: made('begin perform pg_advisory_xact_lock(1); return 1; end'), reports: 'private.made' },
      { does: 'another role', sql: made('begin set local role fleetflow_sys; return 1; end'), reports: 'private.made' },
    ],
  },
  {
    guarantee: 'trigger functions are executable by their owner alone',
    least: 200,
    examine: everyFunction(({ trigger, grantees, owner }) =>
      trigger && grantees.some((name) => name !== owner) ? `is executable by ${grantees.join(', ')}` : null,
    ),
    breaks: [{ does: 'a grant', sql: 'grant execute on function private.note_change() to fleetflow_fn', reports: 'private.note_change' }],
  },
]
