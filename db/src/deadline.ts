// Gives up on a database that neither answers nor closes: a frozen host or a cut network says nothing for many minutes.
import { DatabaseError } from './errors.ts'

/** What the query answers, or UNAVAILABLE after the pool's deadline. The query is not taken back: its outcome is unknown. */
export async function withinDeadline<T>({ deadlineMs }: { deadlineMs: number }, query: PromiseLike<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new DatabaseError('UNAVAILABLE', new Error(`no answer within ${deadlineMs} ms`)))
  }, deadlineMs)
  try {
    return await Promise.race([query, late])
  } finally {
    clearTimeout(timer)
  }
}
