// The one row of an answer, wherever the driver has put it.

/**
 * The last row. The driver does not count from zero again after a statement that failed behind its first row (cancelled or out of time just then):
 * the rows of the next one on that connection then lie behind a hole, where the first would be undefined.
 */
export const onlyRow = <Row>(rows: readonly Row[]): Row | undefined => rows.at(-1)
