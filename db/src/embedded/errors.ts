// The one error of the embedded server: its message says what is wrong and what to do about it.
export class EmbeddedError extends Error {
  override name = 'EmbeddedError'
}

/** The text of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The system's or the database's code (`ENOENT`, `28P01`) of anything thrown. */
export const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined
