// Which token a call carries, and what happens when it is refused: one refresh for everybody, one more try, nobody else's token.
import { createFleetflowClient, reasonOf } from '@fleetflow/client'
import { signDevelopmentToken } from '@fleetflow/server'
import { beforeAll, describe, expect, test } from 'vitest'
import { tokenSource } from '../../packages/client/src/tokens.ts'
import { openTestApp, type TestApp } from '../support/app.ts'

const renter = 'renter@demo.fleetflow.dev'
const owner = 'owner@demo.fleetflow.dev'

let app: TestApp
let expired: string

beforeAll(async () => {
  app = await openTestApp()
  expired = await signDevelopmentToken({ home: app.home, email: renter, expiresIn: '2 hours ago' })
})

async function reason(work: Promise<unknown>) {
  return work.then(
    () => expect.fail('the call should have failed'),
    (error: unknown) => ({ ...reasonOf<'me.get'>(error), error }),
  )
}

/** A refresh that counts how often it is asked. */
function refresher(give: () => string | null | undefined | Promise<string | null | undefined>) {
  const counted = { times: 0, refresh: () => Promise.resolve(give()).finally(() => (counted.times += 1)) }
  return counted
}

describe('refresh', () => {
  test.each([true, false])('25 calls refused at once ask for one fresh token and all succeed (batch: %s)', async (batch) => {
    const counted = refresher(() => app.token(renter))
    const client = createFleetflowClient({ url: app.url, token: expired, refreshToken: counted.refresh, batch })
    const answers = await Promise.all(Array.from({ length: 25 }, () => client.me.get.query()))
    expect(answers.map(({ email }) => email)).toEqual(Array.from({ length: 25 }, () => renter))
    expect(counted.times).toBe(1)
    await client.me.get.query()
    expect(counted.times).toBe(1)
  })

  test('a fresh token that is refused again is not asked for a third time (UNAUTHENTICATED)', async () => {
    const counted = refresher(() => expired)
    const client = createFleetflowClient({ url: app.url, token: expired, refreshToken: counted.refresh })
    expect(await reason(client.me.get.query())).toMatchObject({ code: 'UNAUTHENTICATED', source: 'server', outcomeUnknown: false })
    expect(counted.times).toBe(1)
  })

  test('no token to be had leaves the refusal as it is; a refresh that fails tells why (UNAUTHENTICATED)', async () => {
    const none = createFleetflowClient({ url: app.url, token: expired, refreshToken: () => null })
    expect(await reason(none.me.get.query())).toMatchObject({ code: 'UNAUTHENTICATED', source: 'server' })
    const cause = new Error('session over')
    const broken = createFleetflowClient({ url: app.url, token: expired, refreshToken: () => Promise.reject(cause) })
    const failed = await reason(broken.me.get.query())
    expect(failed).toMatchObject({ code: 'UNAUTHENTICATED', source: 'client', message: 'refreshToken failed: session over' })
    expect(failed.error).toMatchObject({ cause: { cause } })
  })

  test('a client that starts without a token gets its first one by refreshing', async () => {
    const counted = refresher(() => app.token(renter))
    const client = createFleetflowClient({ url: app.url, refreshToken: counted.refresh })
    expect((await client.me.get.query()).email).toBe(renter)
    expect(counted.times).toBe(1)
  })

  test('other refusals never refresh (NOT_FOUND)', async () => {
    const counted = refresher(() => app.token(renter))
    const client = createFleetflowClient({ url: app.url, token: await app.token(renter), refreshToken: counted.refresh })
    await expect(client.trips.get.query({ id: crypto.randomUUID() })).rejects.toThrow()
    expect(counted.times).toBe(0)
  })

  test('a refusal that arrives after somebody else has refreshed does not refresh again', async () => {
    let fresh = 0
    const refreshToken = () => {
      fresh += 1
      return `fresh-${fresh}`
    }
    const tokens = tokenSource({ token: 'first', refreshToken })
    const [early, late] = [await tokens.current(), await tokens.current()]
    expect(await tokens.renew(early)).toBe(true)
    expect(await tokens.renew(late)).toBe(true)
    expect(fresh).toBe(1)
    expect(await tokens.current()).toEqual({ given: 'first', used: 'fresh-1' })
    expect(await tokens.renew(await tokens.current())).toBe(true)
    expect(fresh).toBe(2)
  })
})

describe('whose token', () => {
  test('a refreshed token is never sent for somebody who signs in afterwards, nor after signing out', async () => {
    let session: string | null = expired
    const counted = refresher(() => app.token(renter))
    const client = createFleetflowClient({ url: app.url, token: () => session, refreshToken: counted.refresh })
    expect((await client.me.get.query()).email).toBe(renter)
    session = await app.token(owner)
    expect((await client.me.get.query()).email).toBe(owner)
    session = null
    expect(await reason(client.me.get.query())).toMatchObject({ code: 'UNAUTHENTICATED', source: 'server' })
    expect(counted.times).toBe(1)
  })

  test('a token that no header can carry is told apart from a broken network (UNAUTHENTICATED)', async () => {
    for (const token of ['', 'line\nbreak', 'naïve']) {
      const failed = await reason(createFleetflowClient({ url: app.url, token }).me.get.query())
      expect(failed).toMatchObject({ code: 'UNAUTHENTICATED', source: 'client', outcomeUnknown: false })
    }
    const padded = createFleetflowClient({ url: app.url, token: `${await app.token(renter)}\n` })
    expect((await padded.me.get.query()).email).toBe(renter)
  })

  test('a token function that throws fails the call with its own words (UNAUTHENTICATED)', async () => {
    const client = createFleetflowClient({
      url: app.url,
      token: () => {
        throw new Error('vault is sealed')
      },
    })
    expect(await reason(client.me.get.query())).toMatchObject({
      code: 'UNAUTHENTICATED',
      source: 'client',
      message: 'token failed: vault is sealed',
    })
  })
})
