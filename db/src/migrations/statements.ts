// Splits SQL text into single statements, so that each is sent as a query of its own.

/** Where a quoted run, comment or dollar-quoted body that begins at `at` ends (exclusive), or `at` when none begins there. */
function skipQuoted(text: string, at: number): number {
  const endAfter = (mark: string, from: number): number => {
    const found = text.indexOf(mark, from)
    return found < 0 ? text.length : found + mark.length
  }
  if (text.startsWith('--', at)) return endAfter('\n', at)
  if (text.startsWith('/*', at)) return endAfter('*/', at + 2)
  if (text[at] === "'" || text[at] === '"') return endAfter(text[at], at + 1)
  const dollar = /^\$[A-Za-z_]*\$/.exec(text.slice(at, at + 64))
  return dollar ? endAfter(dollar[0], at + dollar[0].length) : at
}

/**
 * The statements of `text`, without their semicolons and without statements that are only comments.
 * Understands comments, quoted text and dollar-quoted bodies; `E'..\'..'` escapes and nested comments are not used in this house.
 */
export function splitStatements(text: string): string[] {
  const statements: string[] = []
  let start = 0
  for (let at = 0; at <= text.length; ) {
    if (at === text.length || text[at] === ';') {
      const statement = text.slice(start, at).trim()
      if (statement.replace(/--.*$/gm, '').trim() !== '') statements.push(statement)
      start = at + 1
    }
    const end = skipQuoted(text, at)
    at = end > at ? end : at + 1
  }
  return statements
}
