// The command line: `pnpm fleetflow <command> [options]`.
import { parseArgs } from 'node:util'
import { type Command, commonOptions, type ExitCode, UsageError } from './command.ts'
import { keepCompiledCode } from './compileCache.ts'
import { openTerminal } from './terminal.ts'

const commands: Record<string, { summary: string; load: () => Promise<Command> }> = {
  dev: {
    summary: 'start everything for development: database, demo fleet, API',
    load: async () => (await import('./commands/dev.ts')).dev,
  },
  start: { summary: 'start the API on the configured database', load: async () => (await import('./commands/start.ts')).start },
  migrate: { summary: 'bring the database to the newest schema', load: async () => (await import('./commands/migrate.ts')).migrate },
  seed: { summary: 'make the demo fleet', load: async () => (await import('./commands/seed.ts')).seed },
  token: { summary: 'print a development token', load: async () => (await import('./commands/token.ts')).token },
  admin: { summary: 'make, unmake and list administrators', load: async () => (await import('./commands/admin.ts')).admin },
  import: { summary: 'import a trip history from a CSV file', load: async () => (await import('./commands/import.ts')).importTrips },
  verify: { summary: 'prove that the database keeps its promises', load: async () => (await import('./commands/verify.ts')).verify },
}

const usage = `Usage: pnpm fleetflow <command> [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join('\n')}

Every command takes --help and --json (the result as the last line of standard output).
Settings come from the environment: see .env.example.
Exit codes: 0 done, 1 failed or problems found, 2 called wrongly, 130 interrupted.`

async function main([name, ...args]: string[]): Promise<ExitCode> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const asked = name !== undefined
    process[asked ? 'stdout' : 'stderr'].write(`${usage}\n`)
    return asked ? 0 : 2
  }
  const { json = false, help = false } = parseArgs({ args, options: commonOptions, strict: false }).values
  const terminal = openTerminal(json === true)
  try {
    const found = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (found === undefined) throw new UsageError(`There is no command '${name}'`)
    const command = await found.load()
    if (help === true) {
      process.stdout.write(`${found.summary}\n\n${command.help}\n`)
      return 0
    }
    return await command.run(args, terminal)
  } catch (error) {
    const { describeError } = await import('./errors.ts')
    const { message, code, exitCode } = describeError(error)
    const hint = error instanceof UsageError ? ` (see \`pnpm fleetflow ${Object.hasOwn(commands, name) ? `${name} ` : ''}--help\`)` : ''
    terminal.note(`fleetflow ${name}: ${message}${hint}`)
    if (terminal.json) terminal.result({ error: { code, message } }, [])
    return exitCode
  }
}

keepCompiledCode()
process.exitCode = await main(process.argv.slice(2))
