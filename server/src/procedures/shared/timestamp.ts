// Instants as they travel: ISO 8601 text with an offset. Naive times are refused, because nobody knows which instant they mean.
import { z } from 'zod'
import { mistake } from '../../trpc/inputReasons.ts'

const shape = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)?(?:Z|([+-])(\d{2}):(\d{2}))$/
const naive = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$/

const earliest = Date.UTC(1900, 0, 1)
const end = Date.UTC(9999, 0, 1)

/** Whether the text names an instant of the years 1900 to 9998 that PostgreSQL reads the same way. */
function isInstant(value: string): boolean {
  const parts = shape.exec(value)
  if (parts === null) return false
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const [sign, offsetHour, offsetMinute] = [parts[7] === '-' ? -1 : 1, Number(parts[8] ?? 0), Number(parts[9] ?? 0)]
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 15 || offsetMinute > 59) return false
  const wall = new Date(0)
  wall.setUTCFullYear(year, month - 1, day)
  wall.setUTCHours(hour, minute, second)
  if (wall.getUTCMonth() !== month - 1 || wall.getUTCDate() !== day) return false
  const instant = wall.getTime() - sign * (offsetHour * 60 + offsetMinute) * 60_000
  return instant >= earliest && instant < end
}

export const timestamp = z
  .string()
  .max(40)
  .superRefine((value, context) => {
    if (isInstant(value)) return
    const { error, params } = mistake(naive.test(value) ? 'OFFSET_REQUIRED' : 'BAD_TIMESTAMP')
    context.addIssue({ code: 'custom', message: error, params })
  })
  .meta({ format: 'date-time', description: 'ISO 8601 with an offset or Z; naive times are refused.', example: '2026-05-01T10:00:00Z' })

/** An instant in an answer: always UTC. */
export const instant = z.iso.datetime().meta({ example: '2026-05-01T10:00:00.000Z' })
