// The load, in a process of its own: autocannon sends what a message asks for, and what came of it is the answer. Started by lib/fire.ts.
import type { EventEmitter } from 'node:events'
import autocannon from 'autocannon'
import type { Slots } from './lib/bookings.ts'
import { type Caller, type RequestName, requests } from './lib/requests.ts'

export interface LoadSpec {
  url: string
  request: RequestName
  callers: readonly Caller[]
  connections: number
  seconds: number
  /** The number of the first request. */
  from: number
  slots: Slots
  /** Keeps the first bad answer, which costs the load some CPU. */
  showBad?: boolean
}

export interface LoadReport {
  /** Numbers `from` to `from + made - 1` were given to requests. */
  made: number
  /** Numbers whose request was made but not answered when time was up. */
  open: number[]
  ok: number
  /** Answers that were none of 200, by status, and connections that failed. */
  bad: Record<string, number>
  /** The first bad answer, as it came. */
  example?: string
  /** Answers 200 a second while time was not up. */
  rate: number
  p50: number
  p99: number
}

/** The types leave out how many answers a connection waits for before it closes. */
type Limited = autocannon.Client & { responseMax?: number }

async function fire(spec: LoadSpec): Promise<LoadReport> {
  const make = requests[spec.request]
  const clients: Limited[] = []
  const open = new Map<object, number>()
  const bad: Record<string, number> = {}
  const times: number[] = []
  let [next, connected, ok] = [spec.from, 0, 0]
  let example: string | undefined
  const count = (what: string) => {
    bad[what] = (bad[what] ?? 0) + 1
  }
  const keepExample = (status: number, body: string) => {
    if (status !== 200) example ??= body
  }
  const setupClient = (client: autocannon.Client) => {
    clients.push(client)
    const emitter: EventEmitter = client
    emitter.on('done', () => open.delete(client))
    const caller = spec.callers[connected++ % spec.callers.length]
    if (caller === undefined) throw new Error('there are no callers')
    client.setRequests([
      {
        setupRequest: (request) => {
          open.set(client, next)
          return { ...request, ...make(next++, caller, spec.slots) }
        },
        ...(spec.showBad ? { onResponse: keepExample } : {}),
      },
    ])
  }
  const started = performance.now()
  let timely = 0
  // When time is up, every connection hears its answer and closes: so nothing is left under way, and answers can be held against rows.
  const ending = setTimeout(() => {
    for (const client of clients) client.responseMax = 1
  }, spec.seconds * 1000)
  const options = { url: spec.url, connections: spec.connections, duration: spec.seconds + 60, sampleInt: 100, timeout: 30, setupClient }
  await new Promise<void>((resolve, reject) => {
    const instance = autocannon(options, (error: Error | null) => (error === null ? resolve() : reject(error)))
    instance.on('response', (_client, status, _bytes, ms) => {
      if (status === 200) ok += 1
      else count(String(status))
      if (performance.now() - started > spec.seconds * 1000) return
      times.push(ms)
      timely = ok
    })
    instance.on('reqError', (error: unknown) => count(String(error)))
  })
  clearTimeout(ending)
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN
  return {
    made: next - spec.from,
    open: [...open.values()],
    ok,
    bad,
    ...(example === undefined ? {} : { example }),
    rate: timely / spec.seconds,
    p50: at(0.5),
    p99: at(0.99),
  }
}

process.on('message', (spec: LoadSpec) => {
  fire(spec).then(
    (report) => process.send?.({ report }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
