// `pnpm bench:profile [--of create|list] [--seconds N] [--out FOLDER]`: where the server's time goes while trips are created, or listed: its functions by self
// time, from V8's own profiler.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { booker } from './lib/booker.ts'
import { openStage, type Stage } from './lib/stage.ts'
import type { Contestant } from './lib/turns.ts'
import { reader } from './workloads/list.ts'

/** What V8 writes; times are microseconds. */
interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

const shown = 40

/** Self time by function, of one profile, added to `into`. */
function addSelfTimes(profile: Profile, into: Map<string, number>): void {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  for (const [i, id] of profile.samples.entries()) {
    const name = names.get(id) ?? '(unknown)'
    into.set(name, (into.get(name) ?? 0) + (profile.timeDeltas[i] ?? 0))
  }
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const place = url.replace(/^.*\/node_modules\//, '').replace(/^file:\/\/.*\/(server|db)\//, '$1/')
  return `${functionName === '' ? '(anonymous)' : functionName}${place === '' ? '' : `  ${place}:${lineNumber + 1}`}`
}

const contestants: Record<string, (stage: Stage) => Contestant> = {
  create: (stage) => booker(stage, { name: 'FleetFlow', program: stage.server, request: 'createTrpc', connections: 64 }),
  list: (stage) => reader(stage, 'FleetFlow', stage.server, 'listTrpc', 64),
}

async function record(of: string, folder: string, seconds: number): Promise<number> {
  const contestant = contestants[of]
  if (contestant === undefined) throw new Error(`--of is one of ${Object.keys(contestants).join(', ')}`)
  await using stack = new AsyncDisposableStack()
  const stage = await openStage(stack, ['--cpu-prof', `--cpu-prof-dir=${folder}`])
  const shot = await contestant(stage).shoot(seconds)
  for (const fault of shot.faults) console.error(`NO RESULT: ${fault}`)
  return shot.rate
}

const { values } = parseArgs({
  options: { of: { type: 'string', default: 'create' }, seconds: { type: 'string', default: '20' }, out: { type: 'string' } },
})
const folder = mkdtempSync(join(tmpdir(), 'fleetflow-profile-'))
try {
  const rate = await record(values.of, folder, Number(values.seconds))
  const times = new Map<string, number>()
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))
  for (const file of files) addSelfTimes(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile, times)
  times.delete('(idle)')
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0)
  console.log(
    `${Math.round(rate)} calls/s while profiled; ${(busy / 1e6).toFixed(1)} s of busy time, start and end of the server included\n`,
  )
  for (const [name, time] of [...times].toSorted((a, b) => b[1] - a[1]).slice(0, shown)) {
    console.log(`${((100 * time) / busy).toFixed(1).padStart(6)} %  ${(time / 1000).toFixed(0).padStart(7)} ms  ${name}`)
  }
  if (values.out !== undefined) {
    mkdirSync(values.out, { recursive: true })
    for (const file of files) cpSync(join(folder, file), join(values.out, file))
    console.log(`\n${files.join(', ')} in ${values.out}: Chrome's developer tools and speedscope draw flame graphs of them.`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
