// What is thrown when settings cannot be used, wherever they are read.

/** Settings that cannot be used; the message names each one and says what to set, and never shows a value. */
export class SettingsError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`These settings need attention:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.name = 'SettingsError'
    this.problems = problems
  }
}
