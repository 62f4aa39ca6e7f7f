// Describes what zod found wrong: the field and the rule, never the value that somebody sent.
import type { ZodError } from 'zod'
import { type InputReason, inputReasons } from './inputReasons.ts'

type Issue = ZodError['issues'][number]

const mostIssues = 10

export interface IssueReport {
  message: string
  field?: string
  details: { reason?: string; issues: { field: string; message: string }[] }
}

/** The first issue leads, the others follow in `details.issues`. */
export function describeIssues(issues: readonly Issue[]): IssueReport {
  const listed = issues.slice(0, mostIssues).map((issue) => ({ field: fieldOf(issue), message: messageOf(issue) }))
  const [first] = listed
  const reason = issues[0] ? reasonOf(issues[0]) : undefined
  return {
    message: first?.field ? `${first.field}: ${first.message}` : (first?.message ?? 'The request is not valid.'),
    ...(first?.field ? { field: first.field } : {}),
    details: { ...(reason === undefined ? {} : { reason }), issues: listed },
  }
}

function fieldOf(issue: Issue): string {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys' && issue.keys[0] !== undefined) path.push(printable(issue.keys[0]))
  return path.join('.')
}

function messageOf(issue: Issue): string {
  if (issue.code === 'unrecognized_keys') return inputReasons.UNKNOWN_KEY
  return issue.message
}

function reasonOf(issue: Issue): string | undefined {
  if (issue.code === 'unrecognized_keys') return 'UNKNOWN_KEY' satisfies InputReason
  if (issue.code === 'custom' && typeof issue.params?.reason === 'string') return issue.params.reason
  return undefined
}

/** A key is named in the answer, so it must be short and printable whatever was sent. */
export function printable(key: string): string {
  const clean = key.toWellFormed().replaceAll(/\p{Cc}/gu, '\uFFFD')
  return clean.length > 64 ? `${clean.slice(0, 64)}...` : clean
}
