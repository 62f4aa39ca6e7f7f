// One worker's place: a process that serves and, after its death, with a growing pause, another one.
import cluster, { type Worker } from 'node:cluster'
import type { FastifyBaseLogger } from 'fastify'
import { compileCacheForChildren } from '../cli/compileCache.ts'
import { type Settings, SettingsError } from '../env.ts'
import { isOurs, type ToPrimary, type ToWorker, type Trouble } from './messages.ts'

export interface Slot {
  /** Resolves with the address when a first worker listens; errors: what kept it from that. Only after that a worker is replaced. */
  listening: Promise<string>
  /** Tells the worker to end, and resolves when it has; also when there is none just now. */
  stop(): Promise<void>
  /** Ends the worker at once. */
  kill(): void
}

interface SlotOptions {
  settings: Settings
  log: FastifyBaseLogger
  /** What a worker asks. */
  onMessage: (worker: Worker, message: ToPrimary) => void
}

const firstPauseMs = 100
const longestPauseMs = 30_000
/** A worker that has served for so long was sound: the pause begins anew. */
const soundAfterMs = 10_000

/** A message to a worker that has just died is lost like those it no longer reads. */
export function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => {})
}

export function openSlot({ settings, log, onMessage }: SlotOptions): Slot {
  let replacing = false
  let pauseMs = firstPauseMs
  let timer: NodeJS.Timeout | undefined
  let current = launch(settings, onMessage)

  function watch(): void {
    void current.ended.then((how) => {
      if (!replacing) return
      if (current.servedForMs() >= soundAfterMs) pauseMs = firstPauseMs
      log.error({ worker: current.pid, ended: how, pauseMs }, 'a worker has ended: another one takes its place')
      timer = setTimeout(replace, pauseMs)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    })
  }

  function replace(): void {
    current = launch(settings, onMessage)
    current.listening.then(
      () => log.info({ worker: current.pid }, 'a worker serves in the place of another one'),
      (err: unknown) => log.error({ err }, 'a worker could not take the place of another one'),
    )
    watch()
  }

  return {
    listening: current.listening.then((url) => {
      replacing = true
      watch()
      return url
    }),
    async stop() {
      replacing = false
      clearTimeout(timer)
      tell(current.worker, { fleetflow: 'stop' })
      await current.ended
    },
    kill: () => void current.worker.process.kill('SIGKILL'),
  }
}

interface Launched {
  worker: Worker
  pid: number | undefined
  listening: Promise<string>
  servedForMs(): number
  /** With the code or signal. */
  ended: Promise<string>
}

function launch(settings: Settings, onMessage: SlotOptions['onMessage']): Launched {
  const worker = cluster.fork(compileCacheForChildren())
  const listening = Promise.withResolvers<string>()
  const ended = Promise.withResolvers<string>()
  let since: number | undefined
  worker.on('message', (message: unknown) => {
    if (!isOurs<ToPrimary>(message)) return
    if (message.fleetflow === 'listening') {
      since = performance.now()
      listening.resolve(message.url)
    } else if (message.fleetflow === 'failed') listening.reject(asError(message.trouble))
    else onMessage(worker, message)
  })
  const end = (how: string) => {
    listening.reject(new Error(`A worker ended before it listened (${how})`))
    ended.resolve(how)
  }
  worker.once('exit', (code, signal) => end(signal ?? String(code)))
  // One that could not even be started never exits.
  worker.on('error', (error) => {
    if (worker.process.pid === undefined) end(error.message)
  })
  tell(worker, { fleetflow: 'serve', settings })
  return {
    worker,
    pid: worker.process.pid,
    listening: listening.promise,
    servedForMs: () => (since === undefined ? 0 : performance.now() - since),
    ended: ended.promise,
  }
}

function asError({ message, code, problems }: Trouble): Error {
  if (problems !== undefined) return new SettingsError(problems)
  return Object.assign(new Error(message), code === undefined ? {} : { code })
}
