// Administrators who come second: roles that somebody else made, and a seed that was cut off.
import { randomBytes } from 'node:crypto'
import { BootstrapError, bootstrap, migrate, migrations, seed } from '@fleetflow/db/admin'
import { afterAll, describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { openSuperuser } from '../support/superuser.ts'

describe('an administrator who did not make the roles', async () => {
  const db = await openTestDatabase()
  const superuser = openSuperuser(db)
  const name = `second_${randomBytes(4).toString('hex')}`
  await superuser.unsafe(`create role ${name} login createrole password 'second'`)
  await superuser.unsafe(`create database ${name} owner ${name}`)
  const url = Object.assign(new URL(db.adminUrl), { username: name, password: 'second', pathname: `/${name}` }).href
  const [version] = await superuser<{ major: number }[]>`select current_setting('server_version_num')::int / 10000 as major`

  afterAll(async () => {
    await superuser.unsafe(`drop database ${name} with (force)`)
    await superuser.unsafe(`drop role ${name}`)
    await superuser.end()
  })

  test('is told what to ask for (BootstrapError)', async () => {
    // Until PostgreSQL 15 whoever may create roles may grant them, too.
    if ((version?.major ?? 0) < 16) return
    const refused = await bootstrap(url).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(BootstrapError)
    expect(refused).toMatchObject({
      message: expect.stringContaining('grant fleetflow_owner, fleetflow_fn, fleetflow_sys, fleetflow_api, fleetflow_auth to'),
    })
  })

  test('migrates once they were granted, with a password that is set already', async () => {
    await superuser.unsafe(`grant fleetflow_owner, fleetflow_fn, fleetflow_sys, fleetflow_api, fleetflow_auth to ${name}`)
    expect(await migrate(url, { apiPassword: db.cluster.apiPassword })).toMatchObject({ total: migrations().length })
    expect(await migrate(url, { apiPassword: db.cluster.apiPassword })).toMatchObject({ applied: [] })
  })

  test('is refused a password that not every client sends alike (BootstrapError)', async () => {
    await expect(bootstrap(url, { apiPassword: 'pässword' })).rejects.toBeInstanceOf(BootstrapError)
  })
})

describe('a seed that was cut off', async () => {
  const db = await openTestDatabase()
  const issuer = 'https://fleetflow.localhost'

  test('leaves no demo fleet behind, and the next one makes it whole', async () => {
    await db.admin.unsafe('set role fleetflow_owner')
    const rights = 'execute on function create_trip_rpc'
    await db.admin.unsafe(`revoke ${rights} from fleetflow_api`)
    await expect(seed(db.adminUrl, { issuer })).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await db.sys`select from fleets where slug = 'demo' or visibility = 'public'`).toHaveLength(0)
    await db.admin.unsafe(`grant ${rights} to fleetflow_api`)
    expect(await seed(db.adminUrl, { issuer })).toMatchObject({ created: true, cars: 12, trips: 36 })
    expect(await seed(db.adminUrl, { issuer })).toMatchObject({ created: false })
  })
})
