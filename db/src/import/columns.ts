// Which column of a file holds what: read from `vehicle=bike_id,start=start_date,...` and found in the file's header.
import { ImportError } from './errors.ts'

const required = ['vehicle', 'start', 'end'] as const
const optional = ['id', 'cost', 'currency'] as const
const fields = [...required, ...optional]

export type Field = (typeof fields)[number]

/** The header of the column for each field. */
export type ColumnMap = Record<(typeof required)[number], string> & Partial<Record<(typeof optional)[number], string>>

/** Where each mapped field is in a record. */
export type ColumnIndexes = Record<(typeof required)[number], number> & Partial<Record<(typeof optional)[number], number>>

const isField = (name: string): name is Field => (fields as readonly string[]).includes(name)
const example = 'vehicle=bike_id,start=start_date,end=end_date,id=trip_id'

/** Errors: ImportError, naming the part that cannot be understood or the field that is missing. */
export function parseColumnMap(text: string): ColumnMap {
  const map = new Map<Field, string>()
  for (const part of text.split(',')) {
    const [, name, column] = /^\s*(\w+)\s*=\s*(.+?)\s*$/.exec(part) ?? []
    if (name === undefined || column === undefined || !isField(name)) {
      throw new ImportError(`The mapping has '${part.trim()}' where FIELD=COLUMN is expected (fields: ${fields.join(', ')}): ${example}`)
    }
    if (map.has(name)) throw new ImportError(`The mapping names '${name}' twice`)
    map.set(name, column)
  }
  const column = (field: (typeof required)[number]): string => {
    const found = map.get(field)
    if (found === undefined) throw new ImportError(`The mapping lacks '${field}': ${example}`)
    return found
  }
  const rest = Object.fromEntries([...map].filter(([field]) => (optional as readonly string[]).includes(field)))
  return { vehicle: column('vehicle'), start: column('start'), end: column('end'), ...rest }
}

/** Errors: ImportError, naming the column that the header lacks or has twice, and listing the header. */
export function findColumns(map: ColumnMap, header: readonly string[]): ColumnIndexes {
  const names = header.map((name) => name.trim())
  const index = (field: Field, column: string): number => {
    const at = names.indexOf(column)
    if (at < 0) throw new ImportError(`The file has no column '${column}' (mapped to ${field}); its columns are: ${names.join(', ')}`)
    if (names.indexOf(column, at + 1) >= 0) throw new ImportError(`The file has two columns '${column}' (mapped to ${field})`)
    return at
  }
  const rest = optional.flatMap((field) => {
    const column = map[field]
    return column === undefined ? [] : [[field, index(field, column)]]
  })
  return {
    vehicle: index('vehicle', map.vehicle),
    start: index('start', map.start),
    end: index('end', map.end),
    ...(Object.fromEntries(rest) as Partial<Record<(typeof optional)[number], number>>),
  }
}
