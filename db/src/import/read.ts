// Streams a CSV file, gzipped or not, as its header and batches of records; memory holds a few batches whatever the file's size.

import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, parse } from 'csv-parse'
import { ImportError } from './errors.ts'
import type { FileRecord } from './rows.ts'

const batchRecords = 5000
const batchBytes = 8 * 1024 * 1024
const recordBytes = 1024 * 1024

interface RecordBatch {
  records: FileRecord[]
  /** Bytes of the file (as it lies on the disk) that have been read so far. */
  bytesRead: number
}

export interface RecordFile {
  size: number
  header: readonly string[]
  batches(): AsyncGenerator<RecordBatch, void, undefined>
  close(): void
}

/** Errors: ImportError for a file that cannot be read or has no header; later, from `batches`, for one that is damaged. */
export async function openRecords(path: string): Promise<RecordFile> {
  try {
    const { size } = await stat(path)
    const source = createReadStream(path, { highWaterMark: 256 * 1024 })
    const parser = parse({
      bom: true,
      info: true,
      max_record_size: recordBytes,
      relax_column_count: true,
      skip_empty_lines: true,
    })
    const parts = (await isGzip(source)) ? [source, createGunzip(), parser] : [source, parser]
    pipeline(parts, () => {})
    const records = parser[Symbol.asyncIterator]() as AsyncIterator<ParsedRecord>
    const first = await records.next()
    if (first.done) throw new ImportError(`${path} is empty: the first line has to name the columns`)
    return {
      size,
      header: first.value.record,
      batches: () => batchesOf(path, records, () => source.bytesRead),
      close: () => void source.destroy(),
    }
  } catch (error) {
    throw explain(path, error)
  }
}

interface ParsedRecord {
  record: string[]
  info: { lines: number; bytes: number }
}

async function isGzip(source: ReturnType<typeof createReadStream>): Promise<boolean> {
  await Promise.race([once(source, 'readable'), once(source, 'end')])
  const start: Buffer | null = source.read(2) ?? source.read()
  if (start === null) return false
  source.unshift(start)
  return start[0] === 0x1f && start[1] === 0x8b
}

async function* batchesOf(
  path: string,
  records: AsyncIterator<ParsedRecord>,
  bytesRead: () => number,
): AsyncGenerator<RecordBatch, void, undefined> {
  let batch: FileRecord[] = []
  let startedAt = 0
  try {
    for (let next = await records.next(); !next.done; next = await records.next()) {
      const { record: cells, info } = next.value
      batch.push({ line: info.lines, cells })
      if (batch.length < batchRecords && info.bytes - startedAt < batchBytes) continue
      startedAt = info.bytes
      yield { records: batch, bytesRead: bytesRead() }
      batch = []
    }
  } catch (error) {
    throw explain(path, error)
  }
  if (batch.length > 0) yield { records: batch, bytesRead: bytesRead() }
}

/** System, gzip and CSV errors in words; anything else as it is. */
function explain(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (error instanceof CsvError) return new ImportError(`${path} is no well-formed CSV: ${error.message}`, { cause: error })
  if (code === 'ENOENT') return new ImportError(`There is no file ${path}`, { cause: error })
  if (code === 'EACCES') return new ImportError(`${path} may not be read`, { cause: error })
  if (code === 'EISDIR') return new ImportError(`${path} is a directory`, { cause: error })
  if (code.startsWith('Z_')) return new ImportError(`${path} is damaged or incomplete: gzip cannot read on (${code})`, { cause: error })
  return error
}
