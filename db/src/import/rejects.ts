// Writes the refused rows as they came, each behind its line, code and the trip in the way, so that they can be put right and imported again.

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { ImportError } from './errors.ts'
import type { FileRecord } from './rows.ts'

export type RefusalCode = 'BAD_INPUT' | 'TOO_LONG' | 'TRIP_OVERLAP'

export interface Refusal {
  code: RefusalCode
  field?: string
  reason?: string
  conflict?: { id: string; externalId?: string; startDate: string; endDate: string }
}

export interface Rejects {
  add(record: FileRecord, refusal: Refusal): void
  /** Waits while more is waiting to be written than a batch should hold. */
  flush(): Promise<void>
  close(): Promise<void>
}

const ownColumns = ['line', 'code', 'field', 'reason', 'conflict_id', 'conflict_external_id', 'conflict_start', 'conflict_end']

const quote = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
const lineOf = (cells: readonly string[]): string => `${cells.map(quote).join(',')}\n`

/** Opens (and empties) the file. Errors: ImportError when it cannot be written. */
export async function openRejects(path: string, header: readonly string[]): Promise<Rejects> {
  const out = createWriteStream(path, { encoding: 'utf8' })
  try {
    await once(out, 'open')
  } catch (error) {
    throw new ImportError(`${path} cannot be written`, { cause: error })
  }
  // A later error (a full disk) is told by `flush` and `close`.
  out.on('error', () => {})
  out.write(lineOf([...ownColumns, ...header]))
  return {
    add: (record, { code, field = '', reason = '', conflict }) => {
      const found = [conflict?.id, conflict?.externalId, conflict?.startDate, conflict?.endDate].map((value) => value ?? '')
      out.write(lineOf([String(record.line), code, field, reason, ...found, ...record.cells]))
    },
    flush: async () => {
      if (out.writableNeedDrain) await once(out, 'drain')
    },
    close: async () => {
      out.end()
      await finished(out)
    },
  }
}
