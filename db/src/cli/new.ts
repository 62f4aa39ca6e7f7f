// `pnpm db:new <name>`: writes the next migration from the Drizzle schema and from the db/sql files that changed.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drizzleKit } from '../migrations/drizzleKit.ts'
import { frozenCopy, migrations, migrationsFolder, newestCopies, removal, type SqlObject, sqlObjects } from '../migrations/files.ts'

/** Objects whose file differs from its newest frozen copy. */
function changedObjects(): SqlObject[] {
  const copies = newestCopies()
  return sqlObjects().filter((object) => copies.get(object.path) !== `${object.text.trimEnd()}\n`)
}

/** Objects that the history carries and db/sql no longer has: their removal has to be written by hand. */
function removedObjects(): string[] {
  const present = new Set(sqlObjects().map((object) => object.path))
  return [...newestCopies().keys()].filter((path) => !present.has(path))
}

const signature = /^comment on function\s+([\w.]+\([^)]*\))/m
const answers = /^create or replace function\b[^;]*?\)\s*returns\s+((?:setof\s+)?[\w.]+(?:\[\])?)/m

/** The drop of a function that is gone or has other parameters now, so that the old one does not stay beside the new, or that answers another type. */
function superseded(path: string): string {
  const was = newestCopies().get(path) ?? ''
  const is = sqlObjects().find((object) => object.path === path)?.text ?? ''
  const before = signature.exec(was)?.[1]
  if (before === undefined) return ''
  const same = before === signature.exec(is)?.[1] && answers.exec(was)?.[1] === answers.exec(is)?.[1]
  return same ? '' : `drop function if exists ${before};\n`
}

function main(name: string | undefined): number {
  if (name === undefined || !/^[a-z0-9_]{1,60}$/.test(name)) {
    console.error('usage: pnpm db:new <name>   (lower case letters, digits and underscores)')
    return 2
  }
  const before = migrations().length
  const changed = changedObjects()
  const removed = removedObjects()
  drizzleKit('generate', '--name', name)
  if (migrations().length === before) {
    if (changed.length === 0 && removed.length === 0) {
      console.log('Nothing changed: db/schema and db/sql agree with the history.')
      return 0
    }
    drizzleKit('generate', '--name', name, '--custom')
  }
  const written = migrations().at(-1)
  if (!written) throw new Error('drizzle-kit wrote no migration')
  const file = join(migrationsFolder, `${written.name}.sql`)
  const ddl = readFileSync(file, 'utf8')
    .replaceAll('--> statement-breakpoint', '')
    .replace(/^-- Custom SQL migration file.*$/m, '')
    .trim()
  const drops = changed.map((object) => superseded(object.path)).join('')
  const gone = removed.map((path) => `${removal(path)}${superseded(path)}`)
  const toDrop = removed.filter((path) => superseded(path) === '')
  const copies = (prelude: boolean) => changed.filter((o) => (o.folder === 'prelude') === prelude).map(frozenCopy)
  writeFileSync(file, `${[...gone, drops, ...copies(true), ddl, ...copies(false)].filter((part) => part !== '').join('\n')}\n`)
  console.log(`db/migrations/${written.name}.sql: ${changed.length} object(s) from db/sql${ddl ? ' and DDL from db/schema' : ''}.`)
  for (const path of toDrop) console.log(`  ${path} is gone from db/sql: write its drop below its line, then run pnpm db:snapshot.`)
  if (toDrop.length > 0) return 0
  return spawnSync(process.execPath, [join(import.meta.dirname, 'snapshot.ts')], { stdio: 'inherit' }).status ?? 1
}

process.exitCode = main(process.argv[2])
