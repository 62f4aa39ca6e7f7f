// `fleetflow token`: a token of the development key, alone on standard output.
import { loadSettings } from '../../env.ts'
import { signDevelopmentToken } from '../../http/auth/developmentKey.ts'
import { CommandError, defineCommand, refusePositionals, UsageError } from '../command.ts'

export const token = defineCommand({
  summary: 'print a development token',
  help: `Usage: pnpm fleetflow token --user EMAIL [--expires 12h] [--json]

  --user EMAIL      whom the token names; the demo fleet has owner@, manager@ and renter@demo.fleetflow.dev
  --expires PERIOD  how long it is valid: 90s, 15m, 12h (default), 30d

Prints the token alone: TOKEN=$(pnpm fleetflow token --user renter@demo.fleetflow.dev)
The token is signed with the development key of FLEETFLOW_HOME, which is neither trusted in production nor beside JWT settings.

--json ends with { token, user, expires }.`,
  options: { user: { type: 'string' }, expires: { type: 'string', default: '12h' } },
  async run({ user, expires }, positionals, terminal) {
    refusePositionals(positionals)
    if (user === undefined) throw new UsageError('--user EMAIL is missing')
    if (!/^[^\s@]{1,64}@[^\s@]{1,190}$/.test(user)) throw new UsageError('--user must be an email address')
    if (!/^[1-9]\d{0,5}[smhd]$/.test(expires)) throw new UsageError('--expires must be a period like 90s, 15m, 12h or 30d')
    const settings = loadSettings()
    if (settings.production) throw new CommandError('NODE_ENV is production: tokens come from your identity provider there')
    if (settings.tokens.issuers.length > 0) {
      throw new CommandError('JWT_ISSUER is set (or JWT_ISSUERS): the server trusts your identity provider and not the development key')
    }
    const signed = await signDevelopmentToken({ home: settings.home, email: user, expiresIn: expires })
    terminal.result({ token: signed, user, expires }, [signed])
    return 0
  },
})
