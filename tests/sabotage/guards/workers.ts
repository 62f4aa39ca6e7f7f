// Several processes behind one port: what they do once, how they are replaced and how they end.
import { type Guard, testsOf } from '../guard.ts'

const workers = testsOf('app', 'tests/cli/workers.test.ts')

const guard = (name: string, file: string, find: string, replace: string, test: Guard['test']): Guard => ({
  name: `workers: ${name}`,
  guards: name,
  remove: [{ file: `server/src/workers/${file}`, find, replace }],
  test,
})

export const workersGuards: readonly Guard[] = [
  guard(
    'one relay and one sweeper',
    'primary.ts',
    '{ ...settings, eventRelay: false, sweepIntervalMs: 0 }',
    'settings',
    workers('the relay and the sweeper run once, each worker has its pool, and what they share less is said'),
  ),
  guard(
    'the dead are replaced',
    'slot.ts',
    'if (!replacing) return',
    'if (replacing) return',
    workers('a worker that is killed is replaced, and calls on the connections of others do not fail'),
  ),
  guard(
    'one port for good',
    'primary.ts',
    "await withKnownPort(given, 'always')",
    'await withKnownPort(given)',
    workers('all of them killed at once come back on the same port'),
  ),
  guard(
    'drained when stopped',
    'slot.ts',
    "tell(current.worker, { fleetflow: 'stop' })",
    "current.worker.process.kill('SIGKILL')",
    workers('SIGTERM finishes the call under way, takes no new one, and ends them all (exit code 0)'),
  ),
  guard(
    'who ends takes nothing new',
    'worker.ts',
    'Server.prototype.close.call(app.server)',
    'void Server',
    workers('a worker that is told to end by itself gives way to another one, and no call fails, also on new connections'),
  ),
  guard(
    'metrics of all',
    'worker.ts',
    'startServer(settings, { gatherMetrics: metrics.gather })',
    'startServer(settings)',
    workers('answers come from all of them, on the one port that PORT=0 got; /metrics counts for all of them'),
  ),
  guard(
    'none outlives the primary',
    'worker.ts',
    'const metrics = workerMetrics(tell)',
    "const metrics = workerMetrics(tell)\nObject.assign((await import('node:cluster')).default.worker ?? {}, { exitedAfterDisconnect: true })",
    workers('kill -9 of the primary leaves no worker behind'),
  ),
]
