// Finds the machine's own Node 20, the oldest that clients may run on. The Node of the workspace is another one.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

function isNode20(path: string): boolean {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8' }).startsWith('v20.')
  } catch {
    return false
  }
}

const folders = [
  ...(process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules')),
  '/usr/bin',
  '/usr/local/bin',
]

/** undefined: there is none on the PATH, and its tests are left out. */
export const node20 = [...new Set(folders)]
  .map((folder) => join(folder, 'node'))
  .filter(existsSync)
  .find(isNode20)
