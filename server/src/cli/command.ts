// What a command is: its help, its options as node:util parses them, and one function that does it.
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Terminal } from './terminal.ts'

/** 0 done, 1 it failed or found problems, 2 called wrongly, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130

/** The command line cannot be understood; the message says what to write. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Something that the person at the terminal can put right; the message says how. */
export class CommandError extends Error {
  override name = 'CommandError'
}

type Values<T extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: T }>>['values']

interface Definition<T extends ParseArgsOptionsConfig> {
  summary: string
  /** All of `--help` below the first line. */
  help: string
  options: T
  run(values: Values<T>, positionals: string[], terminal: Terminal): Promise<ExitCode>
}

export interface Command {
  summary: string
  help: string
  run(args: string[], terminal: Terminal): Promise<ExitCode>
}

/** Options that every command takes; they are read before the command is known to be called correctly. */
export const commonOptions = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } } as const

const isUsage = (error: unknown): error is Error =>
  error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')

export function defineCommand<T extends ParseArgsOptionsConfig>(definition: Definition<T>): Command {
  const { summary, help, options, run } = definition
  return {
    summary,
    help,
    run: (args, terminal) => {
      const { values, positionals } = parse(args, options)
      return run(values, positionals, terminal)
    },
  }
}

function parse<T extends ParseArgsOptionsConfig>(args: string[], options: T): { values: Values<T>; positionals: string[] } {
  try {
    const parsed = parseArgs({ args, options: { ...commonOptions, ...options }, allowPositionals: true })
    return { values: parsed.values as Values<T>, positionals: parsed.positionals }
  } catch (error) {
    if (isUsage(error)) throw new UsageError(error.message.replace(/\. To specify .*$/s, ''))
    throw error
  }
}

/** For commands that take nothing but options. */
export function refusePositionals(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageError(`Unexpected argument '${positionals[0]}'`)
}
