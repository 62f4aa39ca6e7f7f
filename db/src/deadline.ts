// Gives up on a database that neither answers nor closes: a frozen host or a cut network says nothing for many minutes.
import type { Database } from './connect.ts'
import { DatabaseError } from './errors.ts'

/** What the query answers, or UNAVAILABLE after the pool's deadline. The query is not taken back: its outcome is unknown. */
export async function withinDeadline<T>(db: Database, query: PromiseLike<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new DatabaseError('UNAVAILABLE', new Error(`no answer within ${db.deadlineMs} ms`)))
  }, db.deadlineMs)
  try {
    return await Promise.race([query, late])
  } finally {
    clearTimeout(timer)
  }
}
