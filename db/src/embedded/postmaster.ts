// What postmaster.pid says, and what to do with a server that an earlier keeper left behind.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { codeOf } from './errors.ts'
import { readIfPresent } from './files.ts'

export interface Postmaster {
  pid: number
  port: number
  ready: boolean
}

export async function readPostmaster(dataDirectory: string): Promise<Postmaster | undefined> {
  const lines = (await readIfPresent(join(dataDirectory, 'postmaster.pid')))?.split('\n')
  const pid = Number(lines?.[0])
  if (lines === undefined || !Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
}

/**
 * Stops a server that still runs on this directory and waits for its end. Returns the number in a postmaster.pid that now belongs to
 * another program: PostgreSQL alone would take that program for itself and refuse to start.
 */
export async function stopLeftover(dataDirectory: string, log: (line: string) => void): Promise<number | undefined> {
  for (let told = false; ; told = true) {
    const postmaster = await readPostmaster(dataDirectory)
    if (postmaster === undefined || !isAlive(postmaster.pid)) return undefined
    if (!(await isServerOf(postmaster.pid, dataDirectory))) return postmaster.pid
    if (!told) {
      log(`stopping the server ${postmaster.pid} that an earlier keeper left behind`)
      process.kill(postmaster.pid, 'SIGINT')
    }
    await pause(20)
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

async function isServerOf(pid: number, dataDirectory: string): Promise<boolean> {
  const words = await commandLine(pid)
  return basename(words[0] ?? '') === 'postgres' && words.join(' ').includes(` -D ${dataDirectory} `)
}

async function commandLine(pid: number): Promise<string[]> {
  try {
    if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
    return (await promisify(execFile)('/bin/ps', ['-ww', '-o', 'args=', '-p', String(pid)])).stdout.trim().split(' ')
  } catch {
    return []
  }
}
