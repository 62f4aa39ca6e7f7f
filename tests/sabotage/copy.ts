// A scratch copy of the working tree: its own files and its own packages, with everybody else's packages linked.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, realpath, rm, symlink } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'

const repository = join(import.meta.dirname, '..', '..')

/** Files that git has or would take, as they are now. */
function workingTree(): string[] {
  const { stdout, status } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error('The list is tried on a copy of the files that git knows, and git does not answer here.')
  return [...new Set(stdout.split('\0'))].filter((path) => path !== '' && existsSync(join(repository, path)))
}

/** Links one entry of a node_modules: to the same place in the copy where it is a package of ours, else to where it leads. */
async function link(entry: string, at: string, copy: string): Promise<void> {
  const target = await realpath(entry)
  const inside = relative(await realpath(repository), target)
  const ours = !inside.startsWith('..') && !inside.split(sep).includes('node_modules')
  await symlink(ours ? join(copy, inside) : target, at)
}

async function linkModules(from: string, to: string, copy: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const name of await readdir(from)) {
    // What tools keep here between runs is each copy's own.
    if (name.startsWith('.') && name !== '.bin') continue
    if (name.startsWith('@')) await linkModules(join(from, name), join(to, name), copy)
    else await link(join(from, name), join(to, name), copy)
  }
}

/** Makes the copy in a directory that does not exist yet. */
export async function copyTree(copy: string): Promise<void> {
  const paths = workingTree()
  for (const path of paths) {
    await mkdir(dirname(join(copy, path)), { recursive: true })
    await copyFile(join(repository, path), join(copy, path))
  }
  for (const path of paths.filter((name) => /(^|\/)package\.json$/.test(name))) {
    const modules = join(dirname(path), 'node_modules')
    if (existsSync(join(repository, modules))) await linkModules(join(repository, modules), join(copy, modules), copy)
  }
  await proveOwnPackages(copy)
}

/** Our packages as the copy imports them are the copy's: else every sabotage would be tried on the original. */
async function proveOwnPackages(copy: string): Promise<void> {
  const home = await realpath(copy)
  const links = ['tests/node_modules/@fleetflow/db', 'tests/node_modules/@fleetflow/server', 'server/node_modules/@fleetflow/db']
  for (const path of links) {
    const target = await realpath(join(copy, path))
    if (!target.startsWith(home + sep)) throw new Error(`${path} of the copy leads out of it, to ${target}`)
    JSON.parse(await readFile(join(target, 'package.json'), 'utf8'))
  }
}

export const removeTree = (copy: string): Promise<void> => rm(copy, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
