// Starts `pnpm sabotage`.
import { parseArgs } from 'node:util'
import { commonOptions, UsageError } from '../../server/src/cli/command.ts'
import { describeError } from '../../server/src/cli/errors.ts'
import { openTerminal } from '../../server/src/cli/terminal.ts'
import { command } from './command.ts'

const args = process.argv.slice(2)
const { json, help } = parseArgs({ args, options: commonOptions, strict: false }).values
const terminal = openTerminal(json === true)
try {
  if (help === true) process.stdout.write(`pnpm sabotage: ${command.summary}\n\n${command.help}\n`)
  else process.exitCode = await command.run(args, terminal)
} catch (error) {
  const { message, code, exitCode } = describeError(error)
  terminal.note(`sabotage: ${message}${error instanceof UsageError ? ' (see `pnpm sabotage --help`)' : ''}`)
  if (terminal.json) terminal.result({ error: { code, message } }, [])
  process.exitCode = exitCode
}
