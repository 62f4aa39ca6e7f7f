// Reads the HTTP examples of a page of documentation: requests and the answers that follow them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface HttpExample {
  method: string
  path: string
  headers: Record<string, string>
  /** JSON text with `{names}` to fill in. */
  body: string | undefined
  answer: { status: number; headers: Record<string, string>; body: string }
}

interface Message {
  first: string
  headers: Record<string, string>
  body: string | undefined
}

function messageOf(block: string): Message {
  const [head = '', body] = block.split(/\n\n([\s\S]*)/)
  const [first = '', ...lines] = head.split('\n')
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]))
  return { first, headers, body }
}

/** The examples of `docs/<name>`, in their order. */
export function httpExamples(name: string): HttpExample[] {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8')
  const messages = [...text.matchAll(/```http\n([\s\S]*?)\n```/g)].map(([, block = '']) => messageOf(block))
  return Array.from({ length: messages.length / 2 }, (_, n) => {
    const [request, answer] = [messages[2 * n], messages[2 * n + 1]]
    const [method = '', path = ''] = request?.first.split(' ') ?? []
    const status = Number(answer?.first.split(' ')[1])
    return {
      method,
      path,
      headers: request?.headers ?? {},
      body: request?.body,
      answer: { status, headers: answer?.headers ?? {}, body: answer?.body ?? '{}' },
    }
  })
}
