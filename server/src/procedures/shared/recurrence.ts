// Expands a recurrence rule (RFC 5545 RRULE) into local times without a zone: the database knows which instants they are.
import { RRuleTemporal } from 'rrule-temporal'

const mostOccurrences = 200

/** Why a rule is refused, as the `reason` of BAD_INPUT. */
export type RuleFault = 'BAD_RULE' | 'UNSUPPORTED_RULE' | 'UNBOUNDED' | 'UNTIL_LOCAL' | 'TOO_MANY' | 'TOO_SPARSE' | 'NO_OCCURRENCES'

const list = (item: string) => new RegExp(`^${item}(,${item})*$`)
const weekday = '(MO|TU|WE|TH|FR|SA|SU)'

/** The parts that a rule may have. The library reads much more, and some of it leniently; what is not here is refused. */
const parts: Record<string, RegExp> = {
  FREQ: /^(DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^[1-9]\d{0,3}$/,
  COUNT: /^[1-9]\d{0,4}$/,
  UNTIL: /^\d{8}(T\d{6})?$/,
  BYDAY: list(`([+-]?[1-5])?${weekday}`),
  BYMONTHDAY: list('[+-]?([1-9]|[12]\\d|3[01])'),
  BYMONTH: list('([1-9]|1[0-2])'),
  BYSETPOS: list('[+-]?([1-9]|[1-9]\\d)'),
  WKST: new RegExp(`^${weekday}$`),
}
const otherParts = /^(BY(HOUR|MINUTE|SECOND|YEARDAY|WEEKNO)|RSCALE|SKIP)$/

/** Reads the rule's parts; a fault if it has one that is unknown, twice, wrong or missing. */
function read(rule: string): Map<string, string> | RuleFault {
  const found = new Map<string, string>()
  for (const part of rule
    .replace(/^RRULE:/i, '')
    .toUpperCase()
    .split(';')) {
    const [, name = '', value = ''] = /^([A-Z]+)=(.+)$/.exec(part) ?? []
    if (otherParts.test(name) || (name === 'FREQ' && /^(HOURLY|MINUTELY|SECONDLY)$/.test(value))) return 'UNSUPPORTED_RULE'
    if (name === 'UNTIL' && /^\d{8}T\d{6}Z$/.test(value)) return 'UNTIL_LOCAL'
    if (found.has(name) || !parts[name]?.test(value)) return 'BAD_RULE'
    found.set(name, value)
  }
  const [count, until, frequency] = [found.get('COUNT'), found.get('UNTIL'), found.get('FREQ')]
  if (frequency === undefined || (count !== undefined && until !== undefined)) return 'BAD_RULE'
  if (/\d/.test(found.get('BYDAY') ?? '') && (frequency === 'DAILY' || frequency === 'WEEKLY')) return 'BAD_RULE'
  if (frequency === 'WEEKLY' && found.has('BYMONTHDAY')) return 'BAD_RULE'
  if (count === undefined && until === undefined) return 'UNBOUNDED'
  if (Number(count ?? 1) > mostOccurrences) return 'TOO_MANY'
  return found
}

/**
 * The local times at which a rule that begins at `localStart` (a local time like 2027-05-03T10:00) comes up, at most 200, as texts like
 * 2027-05-03T10:00:00; or why not. The start itself is among them only if the rule hits it.
 */
export function expand(rule: string, localStart: string): string[] | RuleFault {
  const given = read(rule)
  if (typeof given === 'string') return given
  const start = Temporal.PlainDateTime.from(localStart)
  const until = given.get('UNTIL')
  // The library takes local times for UTC, in which no clock is ever changed.
  if (until !== undefined) given.set('UNTIL', `${until.slice(0, 8)}T${until.slice(9) || '235959'}Z`)
  let found: Temporal.PlainDateTime[]
  try {
    const recurrence = new RRuleTemporal({
      rruleString: [...given].map(([name, value]) => `${name}=${value}`).join(';'),
      dtstart: start.toZonedDateTime('UTC'),
      maxIterations: 5000,
    })
    found = recurrence.all((_, i) => i < mostOccurrences + 1).map((date) => date.toPlainDateTime())
  } catch (error) {
    return error instanceof Error && error.message.startsWith('Maximum iterations') ? 'TOO_SPARSE' : 'BAD_RULE'
  }
  if (found.length === 0) return 'NO_OCCURRENCES'
  if (found.length > mostOccurrences) return 'TOO_MANY'
  if (found.some(({ year }) => year > 9998)) return 'TOO_SPARSE'
  return found.map((date) => date.toString({ smallestUnit: 'second' }))
}
