// What a good token or key no longer opens: the tables decide at every call, whatever the token says and however often it was verified.
import { beforeAll, describe, expect, it } from 'vitest'
import { makeKey as storeApiKey } from '../support/apiKeys.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { makeFleet, type TestFleet } from '../support/fixtures.ts'
import { makeKey, openProvider, type Provider, type SigningKey, signToken } from '../support/provider.ts'

let provider: Provider
let key: SigningKey
let app: TestApp
let fleet: TestFleet

beforeAll(async () => {
  key = await makeKey('ES256')
  provider = await openProvider([key])
  app = await openTestApp({ demo: false, settings: { JWT_ISSUERS: JSON.stringify([{ issuer: provider.issuer, audience: 'api' }]) } })
  fleet = await makeFleet(app.database.sys)
})

const tokenFor = (sub: string, more: object = {}) =>
  signToken(key, { iss: provider.issuer, aud: 'api', sub, exp: Math.floor(Date.now() / 1000) + 3600, ...more })

async function ask(credential: string, path: string, body?: object, method = 'POST') {
  const response = await fetch(`${app.url}${path}`, {
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method, body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as { code?: string; id?: string; error?: { data: { code: string } } }
  return { status: response.status, code: answer.error?.data.code ?? answer.code, id: answer.id }
}

/** REST and tRPC, a read and a change: all the same answer. */
async function everywhere(credential: string): Promise<string[]> {
  const rules = { minMinutes: 60 }
  const answers = await Promise.all([
    ask(credential, '/api/me'),
    ask(credential, '/trpc/me.get'),
    ask(credential, `/api/fleets/${fleet.id}/rules`, rules, 'PATCH'),
    ask(credential, '/trpc/fleets.setRules', { fleet: fleet.id, ...rules }),
  ])
  return answers.map(({ status, code }) => `${status} ${code ?? ''}`.trim())
}

const refused = Array.from({ length: 4 }, () => '401 UNAUTHENTICATED')

describe('somebody with a valid token', () => {
  it('has a row from the first sight of the subject, one for each issuer and subject', async () => {
    const { sys } = app.database
    const count = async () => (await sys`select from user_identities where issuer = ${provider.issuer}`).length
    const [first, again, other] = [
      await ask(tokenFor('new-1'), '/api/me'),
      await ask(tokenFor('new-1'), '/api/me'),
      await ask(tokenFor('new-2'), '/api/me'),
    ]
    expect([first.status, first.id === again.id, first.id === other.id, await count()]).toEqual([200, true, false, 2])
  })

  it('is refused from the next call after a suspension, until it ends (UNAUTHENTICATED)', async () => {
    const token = tokenFor('suspended')
    const { id = '' } = await ask(token, '/api/me')
    expect((await everywhere(token)).slice(0, 2)).toEqual(['200', '200'])
    await app.database.sys`update users set suspended_at = now() where id = ${id}`
    expect(await everywhere(token)).toEqual(refused)
    expect(await everywhere(tokenFor('suspended', { fresh: true }))).toEqual(refused)
    await app.database.sys`update users set suspended_at = null where id = ${id}`
    expect((await everywhere(token)).slice(0, 2)).toEqual(['200', '200'])
  })

  it('has the role of the tables from the next call, never one that the token claims (FORBIDDEN)', async () => {
    const claimed = {
      role: 'owner',
      roles: ['admin'],
      is_admin: true,
      fleets: { [fleet.id]: 'owner' },
      app_metadata: { role: 'owner' },
      scope: 'admin',
    }
    const token = tokenFor('driver', claimed)
    const { id = '' } = await ask(token, '/api/me')
    const { sys } = app.database
    await sys`insert into fleet_members (fleet_id, user_id, role) values (${fleet.id}, ${id}, 'driver')`
    expect(await everywhere(token)).toEqual(['200', '200', '403 FORBIDDEN', '403 FORBIDDEN'])
    await sys`update fleet_members set role = 'manager' where user_id = ${id}`
    expect(await everywhere(token)).toEqual(['200', '200', '200', '200'])
    await sys`update fleet_members set role = 'driver' where user_id = ${id}`
    expect(await everywhere(token)).toEqual(['200', '200', '403 FORBIDDEN', '403 FORBIDDEN'])
    await sys`delete from fleet_members where user_id = ${id}`
    expect((await everywhere(token)).slice(2)).not.toContain('200')
  })
})

describe('an API key', () => {
  const procedures = ['me.get', 'fleets.setRules']

  it('is refused from the next call after it was revoked or has expired, and a made-up one always (UNAUTHENTICATED)', async () => {
    const { sys } = app.database
    const good = await storeApiKey(sys, fleet, { procedures })
    expect(await everywhere(good.secret)).toEqual(['200', '200', '200', '200'])
    await sys`update api_keys set revoked_at = now() where id = ${good.id}`
    expect(await everywhere(good.secret)).toEqual(refused)
    const expired = await storeApiKey(sys, fleet, { procedures, expires: '-1 hour' })
    expect(await everywhere(expired.secret)).toEqual(refused)
    expect(await everywhere(`ffk_${'A'.repeat(43)}`)).toEqual(refused)
    const live = await storeApiKey(sys, fleet, { procedures })
    await sys`update users set suspended_at = now() where id = ${live.userId}`
    expect(await everywhere(live.secret)).toEqual(refused)
  })

  it('is not known by its digest (UNAUTHENTICATED)', async () => {
    const { hash } = await storeApiKey(app.database.sys, fleet, { procedures })
    expect(await everywhere(hash)).toEqual(refused)
    expect(await everywhere(`ffk_${hash}`)).toEqual(refused)
  })
})
