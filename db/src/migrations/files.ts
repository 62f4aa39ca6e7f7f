// Finds what the repository says about the database: the current objects in db/sql and the history in db/migrations.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
export const migrationsFolder = join(root, 'migrations')

/** Folders of db/sql in the order in which an empty database takes them; `prelude` comes before the tables. */
export const objectFolders = ['prelude', 'functions', 'constraints', 'triggers', 'policies', 'grants', 'data'] as const
type ObjectFolder = (typeof objectFolders)[number]

export interface SqlObject {
  folder: ObjectFolder
  /** Path below db/, with forward slashes: `sql/functions/create_trip_rpc.sql`. */
  path: string
  text: string
}

/** Every file of db/sql, in the order in which they are to be run. */
export function sqlObjects(): SqlObject[] {
  return objectFolders.flatMap((folder) =>
    readdirSync(join(root, 'sql', folder))
      .filter((name) => name.endsWith('.sql'))
      .sort()
      .map((name) => ({ folder, path: `sql/${folder}/${name}`, text: readFileSync(join(root, 'sql', folder, name), 'utf8') })),
  )
}

export interface Migration {
  /** Position in the history, from 0. */
  index: number
  /** File name without `.sql`, for example `0000_foundation`. */
  name: string
  text: string
  /** SHA-256 of the file, in hex. */
  checksum: string
}

/** The history, oldest first, as the journal that drizzle-kit keeps lists it. Errors: a file that the journal does not know. */
export function migrations(folder: string = migrationsFolder): Migration[] {
  const journal = JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')) as { entries: { idx: number; tag: string }[] }
  const stray = readdirSync(folder).find((file) => file.endsWith('.sql') && !journal.entries.some(({ tag }) => file === `${tag}.sql`))
  if (stray !== undefined) throw new Error(`${stray} is not in the journal of ${folder}: it would never be applied`)
  return journal.entries.map(({ idx, tag }) => {
    const text = readFileSync(join(folder, `${tag}.sql`), 'utf8')
    return { index: idx, name: tag, text, checksum: createHash('sha256').update(text).digest('hex') }
  })
}

const copyStart = (path: string) => `-- >>> ${path}`
const copyEnd = (path: string) => `-- <<< ${path}`

/** How a migration says that it drops what a file of db/sql made. */
export const removal = (path: string): string => `-- >>> ${path} is removed\n`

/** A frozen copy of a db/sql file as a migration carries it. */
export const frozenCopy = (object: SqlObject): string => `${copyStart(object.path)}\n${object.text.trimEnd()}\n${copyEnd(object.path)}\n`

/** The newest frozen copy of each db/sql file in the history, by path; each ends with one newline. */
export function newestCopies(history: readonly Migration[] = migrations()): Map<string, string> {
  const copies = new Map<string, string>()
  for (const { text } of history) {
    for (const [, path, body, removed] of text.matchAll(/^-- >>> (?:(\S+)\n([\s\S]*?)\n-- <<< \1|(\S+) is removed)$/gm)) {
      if (removed !== undefined) copies.delete(removed)
      else if (path !== undefined && body !== undefined) copies.set(path, `${body}\n`)
    }
  }
  return copies
}
