// Makes the data directory once: initdb beside its place, renamed only when it is finished.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { EmbeddedError } from './errors.ts'
import { absent, leftoverInfix, pathsOf, readIfPresent, syncDirectory, temporarySibling } from './files.ts'
import { give, type Identity } from './identity.ts'
import { newPassword, readSecrets, type Secrets, writeSecrets } from './secrets.ts'

export interface Cluster {
  dataDirectory: string
  secrets: Secrets
}

/** The caller holds the keeper's lock. */
export async function ensureCluster(home: string, binaries: Binaries, identity: Identity, unsafeNoSync: boolean): Promise<Cluster> {
  await removeLeftovers(home)
  const dataDirectory = pathsOf(home).data
  const names = await absent(readdir(dataDirectory))
  if (names === undefined || names.length === 0) return createCluster(home, binaries, identity, unsafeNoSync)
  const major = Number.parseInt((await readIfPresent(join(dataDirectory, 'PG_VERSION'))) ?? '', 10)
  if (Number.isNaN(major)) throw new EmbeddedError(`${dataDirectory} is not a PostgreSQL data directory: move it away`)
  if (major !== binaries.major) {
    throw new EmbeddedError(`${dataDirectory} was made by PostgreSQL ${major} and the binaries are ${binaries.major}: use another home`)
  }
  const secrets = await readSecrets(home)
  if (secrets === undefined)
    throw new EmbeddedError(`${dataDirectory} exists but its ${pathsOf(home).secrets} is missing: restore it or move both away`)
  const found = await readSystemIdentifier(dataDirectory)
  if (found !== secrets.systemIdentifier) {
    throw new EmbeddedError(
      `${dataDirectory} has the identifier ${found}, and ours had ${secrets.systemIdentifier}: it is not the cluster made here`,
    )
  }
  return { dataDirectory, secrets }
}

async function createCluster(home: string, binaries: Binaries, identity: Identity, unsafeNoSync: boolean): Promise<Cluster> {
  const dataDirectory = pathsOf(home).data
  const passwords = { superuserPassword: newPassword(), apiPassword: newPassword(), authPassword: newPassword() }
  const temporary = temporarySibling(dataDirectory)
  const passwordFile = temporarySibling(join(home, 'password'))
  await mkdir(temporary, { mode: 0o700 })
  await give(temporary, identity)
  try {
    await writeFile(passwordFile, passwords.superuserPassword, { mode: 0o600, flag: 'wx' })
    await give(passwordFile, identity)
    await runInitdb([...identity.prefix, binaries.initdb, ...initdbFlags(temporary, passwordFile, binaries.major, unsafeNoSync)], identity)
  } finally {
    await rm(passwordFile, { force: true })
  }
  const secrets = { ...passwords, systemIdentifier: await readSystemIdentifier(temporary) }
  await writeSecrets(home, secrets)
  await rename(temporary, dataDirectory)
  await syncDirectory(dirname(dataDirectory))
  return { dataDirectory, secrets }
}

function initdbFlags(directory: string, passwordFile: string, major: number, unsafeNoSync: boolean): string[] {
  const locale =
    major >= 17 ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : ['--locale=C', '--lc-ctype=C.UTF-8']
  const flags = [
    '-D',
    directory,
    '-U',
    'postgres',
    '-E',
    'UTF8',
    ...locale,
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--data-checksums',
  ]
  return unsafeNoSync ? [...flags, '--no-sync'] : flags
}

// Its output goes through pipes of ours: an initdb whose keeper was killed ends at its next line.
async function runInitdb([command = '', ...rest]: string[], identity: Identity): Promise<void> {
  const child = spawn(command, rest, { cwd: '/', env: serverEnvironment(), stdio: ['ignore', 'pipe', 'pipe'], ...identity.user })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new EmbeddedError(`initdb failed (${code ?? signal}):\n${output.trim()}`)
}

/** Nothing of the caller's locale, time zone or PG variables reaches PostgreSQL. */
export const serverEnvironment = (): Record<string, string> => ({ LC_ALL: 'C', TZ: 'UTC', PATH: process.env.PATH ?? '/usr/bin:/bin' })

/** The first eight bytes of the control file, in the machine's byte order (little endian wherever there are binaries). */
async function readSystemIdentifier(dataDirectory: string): Promise<string> {
  const file = await open(join(dataDirectory, 'global', 'pg_control'))
  try {
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0)
    return buffer.readBigUInt64LE().toString()
  } finally {
    await file.close()
  }
}

async function removeLeftovers(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (name.includes(leftoverInfix)) await rm(join(home, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}
