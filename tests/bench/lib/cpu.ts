// CPU that processes have used, from /proc; NaN where there is none.
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Ticks of /proc a second: a constant of Linux's interface, whatever the kernel's own clock. */
const ticks = 100

/** The fields of /proc/<pid>/stat behind the name: state, parent, ... */
function statOf(pid: number | string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}

function seconds(fields: string[] | undefined, first: number): number {
  return (Number(fields?.[first] ?? 0) + Number(fields?.[first + 1] ?? 0)) / ticks
}

/** Seconds of CPU of the process with this pid, or of all its children that have ended and were waited for. */
export function cpuOf(pid: number, which: 'own' | 'ended'): number {
  if (!existsSync(`/proc/${pid}/stat`)) return Number.NaN
  return seconds(statOf(pid), which === 'own' ? 11 : 13)
}

/** Seconds of CPU of a process and its children, also of those that have ended: a postmaster and its backends, a server and its workers. */
export function cpuOfFamily(pid: number): number {
  if (!existsSync(`/proc/${pid}/stat`)) return Number.NaN
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const own = cpuOf(pid, 'own') + cpuOf(pid, 'ended')
  return children.reduce((sum, child) => {
    const fields = statOf(child)
    return fields?.[1] === String(pid) ? sum + seconds(fields, 11) : sum
  }, own)
}
