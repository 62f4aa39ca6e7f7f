// Makes and unmakes administrators, with an administrator's connection: no procedure can.
import postgres from 'postgres'
import { adminOptions } from './connect.ts'

export interface Administrator {
  id: string
  email: string | null
  name: string
}

/** Nobody, or more than one person, is meant; `matches` lists those who could be. */
export class PersonError extends Error {
  override name = 'PersonError'
  readonly matches: Administrator[]

  constructor(message: string, matches: Administrator[] = []) {
    super(message)
    this.matches = matches
  }
}

async function asSystem<T>(adminUrl: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const { connection, ...rest } = adminOptions('fleetflow-admin')
  const sql = postgres(adminUrl, { ...rest, connection: { ...connection, role: 'fleetflow_sys' } })
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}

export function listAdministrators(adminUrl: string): Promise<Administrator[]> {
  return asSystem(adminUrl, async (sql) => [
    ...(await sql<Administrator[]>`select id, email, name from public.users where is_admin order by created_at, id`),
  ])
}

/** Answers whom it meant and whether anything changed. Errors: PersonError where `who` (an id or an email) is not exactly one person. */
export function setAdministrator(adminUrl: string, who: string, isAdmin: boolean): Promise<Administrator & { changed: boolean }> {
  const asId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(who) ? who : null
  return asSystem(adminUrl, async (sql) => {
    const matches = await sql<Administrator[]>`
      select u.id, u.email, u.name from public.users as u
       where (u.id = ${asId}::uuid or (${asId}::uuid is null and private.folded(u.email) = private.folded(${who}))) and u.erased_at is null
         and not exists (select from public.fleets as f where f.system_user_id = u.id)
         and not exists (select from public.api_keys as k where k.user_id = u.id)
       order by u.id limit 20`
    const [person, ...others] = matches
    if (person === undefined) throw new PersonError(`There is nobody with the ${asId === null ? 'email' : 'id'} ${who}`)
    if (others.length > 0) throw new PersonError(`${matches.length} people have the email ${who}: name one by id`, [...matches])
    const changed =
      await sql`update public.users set is_admin = ${isAdmin} where id = ${person.id} and is_admin <> ${isAdmin} and erased_at is null`
    return { ...person, changed: changed.count === 1 }
  })
}
