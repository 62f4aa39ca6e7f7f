// As whom PostgreSQL runs: it refuses root, so root hides in a user namespace or gives the work to an unprivileged user.
import { execFile } from 'node:child_process'
import { chmod, chown, lchown, lstat, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { EmbeddedError } from './errors.ts'
import { absent } from './files.ts'

export interface Identity {
  /** Put before every command. */
  prefix: string[]
  /** The other user that commands run as, if any. */
  user?: { uid: number; gid: number }
}

// `nobody`: initdb refuses a user that the system does not know.
const nobody = 65_534
const namespace = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`, '--']

export async function chooseIdentity(home: string, dataDirectory: string): Promise<Identity> {
  const self = process.getuid?.() ?? 0
  const owner = await absent(stat(dataDirectory))
  if (self !== 0) {
    if (owner !== undefined && owner.uid !== self)
      throw new EmbeddedError(`${dataDirectory} belongs to user ${owner.uid}, and this is user ${self}`)
    return { prefix: [] }
  }
  if ((owner === undefined || owner.uid === 0) && (await namespacesWork())) return { prefix: namespace }
  const user = owner === undefined || owner.uid === 0 ? { uid: nobody, gid: nobody } : { uid: owner.uid, gid: owner.gid }
  await chmod(home, 0o711)
  if (!(await isReachable(home, user.uid))) {
    throw new EmbeddedError(
      `PostgreSQL does not run as root, user namespaces are not available, and user ${user.uid} cannot reach ${home}: ` +
        'set FLEETFLOW_HOME to a directory below one that everybody may enter',
    )
  }
  if (owner?.uid === 0) await giveTree(dataDirectory, user)
  return { prefix: [], user }
}

/** Makes the identity the owner of a path that root created. */
export async function give(path: string, identity: Identity): Promise<void> {
  if (identity.user !== undefined) await chown(path, identity.user.uid, identity.user.gid)
}

/** Whether another user may enter every directory down to this path and read it. */
export async function isReachable(path: string, uid: number): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    const { mode, uid: owner } = await stat(at)
    if ((mode & (owner === uid ? 0o100 : 0o001)) === 0) return false
    if (at === dirname(at)) return true
  }
}

async function namespacesWork(): Promise<boolean> {
  const [command = '', ...rest] = namespace
  try {
    await promisify(execFile)(command, [...rest, 'true'])
    return true
  } catch {
    return false
  }
}

async function giveTree(path: string, user: { uid: number; gid: number }): Promise<void> {
  for (const name of await readdir(path)) {
    const child = join(path, name)
    if ((await lstat(child)).isDirectory()) await giveTree(child, user)
    else await lchown(child, user.uid, user.gid)
  }
  await chown(path, user.uid, user.gid)
}
