// Trip histories as CSV files: rows given by a test, or a generated history with overlaps that are known.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll } from 'vitest'

/** A folder of its own, removed after the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fleetflow-files-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const tripColumns = 'trip,car,from,to'
export const tripMap = { vehicle: 'car', start: 'from', end: 'to', id: 'trip' }

/** `vehicles` times `groups` groups of four rows; `copies` writes all of them again and again. */
export interface History {
  vehicles: number
  groups: number
  copies?: number
}

/**
 * Every group of a vehicle is a trip, one that starts at the very instant at which it ends, one that begins within the first, and one that
 * is free: in file order closed bounds refuse two of the four and half-open bounds one.
 */
export function historyOf({ vehicles, groups, copies = 1 }: History) {
  const at = (hour: number) => new Date(Date.UTC(2020, 0, 1) + hour * 3_600_000).toISOString()
  const lines: string[] = []
  for (let group = 0; group < groups; group += 1) {
    for (let vehicle = 0; vehicle < vehicles; vehicle += 1) {
      const start = group * 10
      const periods = [
        [start, start + 2],
        [start + 2, start + 4],
        [start + 1, start + 1.5],
        [start + 6, start + 7],
      ] as const
      for (const [i, [from, to]] of periods.entries()) lines.push(`${vehicle}-${group}-${i},vehicle ${vehicle},${at(from)},${at(to)}`)
    }
  }
  const sets = vehicles * groups
  const text = `${tripColumns}\n${Array.from({ length: copies }, () => `${lines.join('\n')}\n`).join('')}`
  return {
    text,
    rows: sets * 4 * copies,
    closed: { inserted: sets * 2, refused: sets * 2 },
    halfOpen: { inserted: sets * 3, refused: sets },
  }
}

/** Writes a file; a name that ends in .gz is compressed. Answers its path. */
export function writeTrips(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text, { level: 1 }) : text)
  return path
}
