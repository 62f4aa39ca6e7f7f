// A worker's side of /metrics: whichever worker is asked, the answer adds up all of them.
import { AggregatorRegistry, type Registry } from '@prometheus-io/client'
import type { GatherMetrics } from '../http/metrics.ts'
import type { ToPrimary, ToWorker } from './messages.ts'

interface WorkerMetrics {
  gather: GatherMetrics
  /** What the primary answered. */
  answer(message: Extract<ToWorker, { fleetflow: 'metrics' }>): void
  /** Leaves the counts to the primary, so that a worker's orderly end takes nothing from the sums. */
  handOver(): Promise<void>
}

export function workerMetrics(tell: (message: ToPrimary) => void): WorkerMetrics {
  const waiting = new Map<number, PromiseWithResolvers<string>>()
  let questions = 0
  let aggregator: AggregatorRegistry<typeof Registry.PROMETHEUS_CONTENT_TYPE> | undefined
  return {
    gather(own) {
      AggregatorRegistry.setRegistries([own])
      aggregator = new AggregatorRegistry()
      return () => {
        const question = questions++
        const answer = Promise.withResolvers<string>()
        waiting.set(question, answer)
        tell({ fleetflow: 'metrics', question })
        return answer.promise
      }
    },
    answer(message) {
      const answer = waiting.get(message.question)
      waiting.delete(message.question)
      if ('text' in message) answer?.resolve(message.text)
      else answer?.reject(new Error(message.trouble))
    },
    handOver: async () => aggregator?.shutdown().catch(() => {}),
  }
}
