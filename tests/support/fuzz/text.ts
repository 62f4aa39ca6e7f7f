// Ways to break the text of an input as it travels, below what JSON can say.
import { type Next, pick } from './inputs.ts'

const insert = (text: string, at: number, what: string) => text.slice(0, at) + what + text.slice(at)

const pieces = [
  '\0',
  '\ufeff',
  '\u2028',
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  "'",
  '\\ud800',
  '\\u0000',
  'e999',
  'NaN',
  '/*',
  '//',
  '\r\n',
  '\ud83d',
]

/** Whole texts that are no input of anything. */
const whole = [
  ...[
    '',
    ' ',
    'null',
    '5',
    '"text"',
    'true',
    '[]',
    '[{}]',
    '{',
    '}',
    '{}{}',
    'undefined',
    'NaN',
    '-',
    '1e999',
    '{"a":01}',
    "{'a':1}",
    '{"a":1,}',
    '\0',
  ],
  ...[
    '[['.repeat(8000),
    '{"a":'.repeat(8000),
    `${'['.repeat(3000)}${']'.repeat(3000)}`,
    `"${'x'.repeat(60_000)}"`,
    '\ufeff{}',
    '{"__proto__":{"a":1}}',
  ],
  ...[
    '{"a":1e400}',
    '{"a":-0}',
    '{"\\u005f_proto__":1}',
    '{"a":"\\ud800"}',
    '{"a":"\\u0000"}',
    `{"a":${'9'.repeat(400)}}`,
    '{"a":.5}',
    '{"a":+1}',
  ],
  ...[
    `{"a":"${'x'.repeat(70_000)}"}`,
    `{${Array.from({ length: 4000 }, (_, i) => `"k${i}":1`).join(',')}}`,
    '{"constructor":{"prototype":{}}}',
  ],
]

/** A broken form of this JSON. It may by chance still be what it was. */
export function breakText(next: Next, text: string): string {
  const dice = next(8)
  if (dice < 2) return pick(next, whole)
  if (dice < 3) return text.slice(0, next(text.length))
  if (dice < 5) return insert(text, next(text.length + 1), pick(next, pieces))
  if (dice < 6) return text.replace(/:/g, (colon) => (next(4) === 0 ? pick(next, ['', '::', '=', ': ,']) : colon))
  if (dice < 7)
    return text.replace(
      '{',
      `{"${pick(next, ['id', 'carId', 'fleet', 'startDate', '__proto__'])}":${pick(next, ['1e999', 'null', '{}', '[1]'])},`,
    )
  return `${text}${pick(next, ['x', '}', ',', '{}', '\0', ' null'])}`
}

/** Bytes that are not UTF-8, somewhere in the text. */
export function breakBytes(next: Next, text: string): Buffer {
  const bytes = Buffer.from(text)
  const at = next(bytes.length + 1)
  const bad = pick(next, [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80], [0xc0, 0x80], [0x80]])
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(bad), bytes.subarray(at)])
}
