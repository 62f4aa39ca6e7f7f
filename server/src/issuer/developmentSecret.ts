// The secret of the bundled issuer while none is configured: generated once into FLEETFLOW_HOME, readable by its owner alone.
import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Concurrent first calls agree on one secret. */
export async function developmentSecret(home: string): Promise<string> {
  const path = join(home, 'auth-secret')
  const known = await readSecret(path)
  if (known !== undefined) return known
  await mkdir(home, { recursive: true })
  const draft = join(home, `auth-secret.${randomUUID()}.tmp`)
  await writeFile(draft, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
  try {
    // A link appears whole or not at all, and fails where another process was first.
    await link(draft, path)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    await rm(draft, { force: true })
  }
  return (await readSecret(path)) ?? developmentSecret(home)
}

async function readSecret(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

const isCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code
