// Small file helpers of the embedded server: absent files, atomic writes, names inside the home directory.
import { randomBytes } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf } from './errors.ts'

/** Where everything lives inside the home directory. */
export const pathsOf = (home: string) => ({
  data: join(home, 'postgres'),
  secrets: join(home, 'secrets.json'),
  keeper: join(home, 'keeper.json'),
  keeperLock: join(home, 'keeper.lock'),
  startLock: join(home, 'start.lock'),
  log: join(home, 'postgres.log'),
})

/** A sibling that no other process uses; leftovers are recognised by the infix. */
export const temporarySibling = (path: string): string => `${path}${leftoverInfix}${randomBytes(6).toString('hex')}`
export const leftoverInfix = '.new-'

export async function absent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

export const readIfPresent = (path: string): Promise<string | undefined> => absent(readFile(path, 'utf8'))

/** Replaces a file as a whole (mode 0600): a reader sees the old or the new text, also after a power cut. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = temporarySibling(path)
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncDirectory(dirname(path))
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
