// An import that cannot begin or go on; the message says what to change.
export class ImportError extends Error {
  override name = 'ImportError'
}
