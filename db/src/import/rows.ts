// Turns a record of the file into a trip to store, or says why it is none.
import type { ColumnIndexes, Field } from './columns.ts'
import { instantFault, isCurrency, minorUnitsOf, nameFault, type Reason } from './values.ts'

/** A record as it came, with the line on which it ends. */
export interface FileRecord {
  line: number
  cells: readonly string[]
}

export interface TripRow {
  record: FileRecord
  vehicle: string
  externalId: string
  /** ISO 8601 with an offset. */
  start: string
  end: string
  /** Minor units, null when the file has no cost for it. */
  cost: bigint | null
  currency: string | null
}

export interface Fault {
  field: Field
  reason: Reason
}

/**
 * A reader of records of one file. Without an id column the period as written stands for the id, so that the same row is known again.
 * `currency` is the fleet's, for amounts without one of their own.
 */
export function rowReader(columns: ColumnIndexes, currency: string): (record: FileRecord) => TripRow | Fault {
  return (record) => {
    const cell = (index: number | undefined): string => (index === undefined ? '' : (record.cells[index] ?? '').trim())
    const vehicle = cell(columns.vehicle)
    const start = cell(columns.start)
    const end = cell(columns.end)
    const externalId = columns.id === undefined ? `${start}/${end}` : cell(columns.id)
    const reason = nameFault(vehicle)
    if (reason !== undefined) return { field: 'vehicle', reason }
    const startFault = instantFault(start)
    if (startFault !== undefined) return { field: 'start', reason: startFault }
    const endFault = instantFault(end)
    if (endFault !== undefined) return { field: 'end', reason: endFault }
    const idFault = nameFault(externalId)
    if (idFault !== undefined) return { field: 'id', reason: idFault }
    const own = cell(columns.currency)
    if (own !== '' && !isCurrency(own)) return { field: 'currency', reason: 'CURRENCY_INVALID' }
    const amount = cell(columns.cost)
    const cost = amount === '' ? null : minorUnitsOf(amount, own === '' ? currency : own)
    if (cost === undefined) return { field: 'cost', reason: 'AMOUNT_INVALID' }
    return { record, vehicle, externalId, start, end, cost, currency: own === '' ? null : own }
  }
}
