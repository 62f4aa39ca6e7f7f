// The description of the API: a validator accepts it, it covers what is served, and it says what can go wrong.
import { appRouter, codes, reasons } from '@fleetflow/server'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OfflineApp, offlineApp } from './harness.ts'

interface Operation {
  operationId: string
  parameters?: { name: string; in: string }[]
  responses: Record<string, { content: Record<string, { schema: { $ref?: string }; examples?: Record<string, unknown> }> }>
}

let offline: OfflineApp
let document: {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: object; securitySchemes: object }
}
beforeAll(async () => {
  offline = await offlineApp()
  document = (await offline.app.inject('/openapi.json')).json()
})
afterAll(() => offline[Symbol.asyncDispose]())

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

describe('/openapi.json', () => {
  it('is OpenAPI 3.1 that a validator accepts', async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(document)
    expect(errors).toBeUndefined()
    expect([valid, validator.version]).toEqual([true, '3.1'])
  })

  it('is refused by the same validator when it is wrong (control)', async () => {
    const { valid } = await new Validator().validate({ ...document, paths: { trips: {} } })
    expect(valid).toBe(false)
  })

  it('has the routes that are served, and every procedure behind one of them', () => {
    const served = [
      'post /api/trips',
      'get /api/trips',
      'post /api/trips/in-class',
      'post /api/trips/series',
      'post /api/trips/swap',
      'get /api/trips/{id}',
      'patch /api/trips/{id}',
      'get /api/trips/{id}/history',
      'get /api/trips/{id}/cancel-preview',
      'post /api/trips/{id}/approve',
      'post /api/trips/{id}/decline',
      'post /api/trips/{id}/start',
      'post /api/trips/{id}/complete',
      'post /api/trips/{id}/no-show',
      'post /api/quotes',
      'post /api/holds',
      'post /api/blocks',
      'post /api/rate-plans',
      'get /api/rate-plans',
      'get /api/rate-plans/{id}',
      'post /api/rate-plans/assign',
      'post /api/rate-plans/preview',
      'post /api/reviews',
      'get /api/reviews',
      'post /api/cars',
      'patch /api/cars/{id}',
      'post /api/cars/{id}/retire',
      'post /api/fleets/{fleet}/car-classes',
      'get /api/fleets/{fleet}/car-classes',
      'get /api/cars',
      'get /api/cars/search',
      'get /api/cars/windows',
      'get /api/cars/{id}',
      'get /api/cars/{id}/next-free',
      'post /api/fleets',
      'get /api/fleets/{fleet}',
      'patch /api/fleets/{fleet}',
      'post /api/fleets/{fleet}/transfer',
      'get /api/fleets/{fleet}/members',
      'patch /api/fleets/{fleet}/members/{userId}',
      'post /api/fleets/{fleet}/members/{userId}/remove',
      'post /api/fleets/{fleet}/leave',
      'post /api/fleets/{fleet}/invitations',
      'get /api/fleets/{fleet}/invitations',
      'post /api/invitations/{id}/revoke',
      'post /api/invitations/accept',
      'get /api/fleets/{fleet}/rules',
      'patch /api/fleets/{fleet}/rules',
      'post /api/fleets/{fleet}/api-keys',
      'get /api/fleets/{fleet}/api-keys',
      'post /api/api-keys/{id}/revoke',
      'get /api/me',
      'patch /api/me',
      'get /api/me/export',
      'post /api/me/erase',
      'post /api/users/{id}/suspend',
      'post /api/users/{id}/reinstate',
    ]
    expect(
      operations()
        .map(({ path, method }) => `${method} ${path}`)
        .toSorted(),
    ).toEqual(served.toSorted())
    const named = operations().flatMap(({ operation }) => operation.operationId.replaceAll('_or_', ' ').replaceAll('_', '.').split(' '))
    expect(named.toSorted()).toEqual(Object.keys(appRouter._def.procedures).toSorted())
    for (const { path, method } of operations()) {
      expect(offline.app.hasRoute({ method: method.toUpperCase() as 'GET', url: path.replaceAll(/\{(\w+)\}/g, ':$1') })).toBe(true)
    }
  })

  it('lists for every route the codes its procedures can answer, as problem details', () => {
    for (const { operation } of operations()) {
      const described = Object.values(operation.responses).flatMap(({ content }) =>
        Object.keys(content['application/problem+json']?.examples ?? {}),
      )
      const procedures = operation.operationId.split('_or_').map((name) => name.replace('_', '.')) as (keyof typeof reasons)[]
      expect(described.toSorted()).toEqual([...new Set(procedures.flatMap((name) => reasons[name]))].toSorted())
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '401', '429', '503']))
    }
  })

  it('describes answers by named schemas and paging by its parameters', () => {
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(['Problem', 'Trip', 'Car', 'Review']))
    const list = document.paths['/api/cars']?.get?.parameters?.map(({ name }) => name)
    expect(list).toEqual(['fleet', 'carClass', 'limit', 'cursor'])
  })
})

describe('reasons', () => {
  it('name the codes of exactly the procedures of the router, each a code of the register', () => {
    expect(Object.keys(reasons).toSorted()).toEqual(Object.keys(appRouter._def.procedures).toSorted())
    for (const list of Object.values(reasons)) {
      expect(new Set(list).size).toBe(list.length)
      for (const code of list) expect(codes).toHaveProperty(code)
    }
  })

  it('are each explained at /problems', async () => {
    expect(Object.keys(codes).length).toBeGreaterThan(30)
    for (const [code, { status }] of Object.entries(codes)) {
      const response = await offline.app.inject(`/problems/${code.toLowerCase().replaceAll('_', '-')}`)
      expect(response.json()).toMatchObject({ code, status })
    }
  })
})
