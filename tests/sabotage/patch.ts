// Takes a guard away from a tree and puts it back.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Guard, Removal, TextRemoval } from './guard.ts'

/** Why a removal cannot be made; the list has rotted. */
export class RottenRemoval extends Error {
  override name = 'RottenRemoval'
}

const isText = (removal: Removal): removal is TextRemoval => 'file' in removal

const newestMigration = (tree: string): string => {
  const name = readdirSync(join(tree, 'db/migrations'))
    .filter((file) => /^\d{4}_\w+\.sql$/.test(file))
    .sort()
    .at(-1)
  if (name === undefined) throw new RottenRemoval('there is no migration')
  return `db/migrations/${name}`
}

function replaceOnce(text: string, { file, find, replace }: TextRemoval): string {
  const found = text.split(find).length - 1
  if (found !== 1) throw new RottenRemoval(`${file} holds what is to be taken away ${found} times, not once`)
  return text.replace(find, () => replace)
}

/** The text of every file that the sabotage changes. */
export function patchesOf(tree: string, guard: Pick<Guard, 'remove'>): Map<string, string> {
  const changed = new Map<string, string>()
  const read = (file: string): string => {
    try {
      return changed.get(file) ?? readFileSync(join(tree, file), 'utf8')
    } catch {
      throw new RottenRemoval(`${file} does not exist`)
    }
  }
  for (const removal of guard.remove) {
    if (isText(removal)) changed.set(removal.file, replaceOnce(read(removal.file), removal))
  }
  const objects = [...changed].filter(([file]) => file.startsWith('db/sql/')).map(([, text]) => text)
  const statements = guard.remove.flatMap((removal) => (isText(removal) ? [] : [`${removal.sql};`]))
  if (objects.length + statements.length > 0) {
    const migration = newestMigration(tree)
    changed.set(migration, [read(migration), ...objects, ...statements].join('\n'))
  }
  return changed
}

/** Writes the patches; answers what undoes them. */
export function applyTo(tree: string, guard: Pick<Guard, 'remove'>): () => void {
  const patches = patchesOf(tree, guard)
  const before = [...patches.keys()].map((file) => [file, readFileSync(join(tree, file))] as const)
  for (const [file, text] of patches) writeFileSync(join(tree, file), text)
  return () => {
    for (const [file, content] of before) writeFileSync(join(tree, file), content)
  }
}
