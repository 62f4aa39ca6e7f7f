// `fleetflow token`: the token alone on standard output, also through the package manager, and only where the server trusts it.
import { createVerifier, loadSettings } from '@fleetflow/server'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { complaintOf, fleetflow, start } from '../support/commands.ts'
import { temporaryFolder } from '../support/tripFile.ts'

const home = temporaryFolder()
const settings = { FLEETFLOW_HOME: home }

describe('fleetflow token', () => {
  test('prints a token that the server of the same home accepts, and nothing else', async () => {
    const { code, stdout } = await fleetflow(['token', '--user', 'Renter@Demo.fleetflow.dev', '--expires', '15m'], settings)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    const verifier = await createVerifier(loadSettings({ FLEETFLOW_HOME: home }))
    expect(await verifier(stdout.trim())).toEqual({
      issuer: 'https://fleetflow.localhost',
      subject: 'renter@demo.fleetflow.dev',
      email: 'Renter@Demo.fleetflow.dev',
    })
    const { iat = 0, exp = 0 } = decodeJwt(stdout.trim())
    expect(exp - iat).toBe(15 * 60)
  })

  test('prints the token alone through `pnpm fleetflow` and `npx pnpm fleetflow`', async () => {
    for (const command of [['pnpm'], ['npx', 'pnpm']]) {
      const [program = '', ...rest] = [...command, 'fleetflow', 'token', '--user', 'renter@demo.fleetflow.dev']
      const { code, stdout } = await start(program, rest, settings).finished
      expect(code).toBe(0)
      expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    }
  })

  test('--json ends with the token, whom it names and how long', async () => {
    const run = await fleetflow(['token', '--user', 'renter@demo.fleetflow.dev', '--json'], settings)
    expect(run.stdout.split('\n')).toHaveLength(2)
    expect(run.json()).toEqual({ token: expect.stringMatching(/^ey/), user: 'renter@demo.fleetflow.dev', expires: '12h' })
  })

  test('refuses where the server trusts somebody else', async () => {
    const provider = { JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'fleetflow', JWKS_URL: 'https://id.example/jwks' }
    const run = await fleetflow(['token', '--user', 'renter@demo.fleetflow.dev'], { ...settings, ...provider })
    expect([run.code, run.stdout]).toEqual([1, ''])
    expect(complaintOf(run)).toContain('JWT_ISSUER is set')
  })
})
