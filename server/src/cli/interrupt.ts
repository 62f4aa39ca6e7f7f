// Ctrl-C and SIGTERM for commands that can stop in order.

export interface Interruption extends Disposable {
  signal: AbortSignal
}

const impatientAfterMs = 1000

/**
 * The first signal aborts; another one a second later ends the process at once. (A terminal's Ctrl-C reaches us twice when a package
 * manager that started us hands it on.)
 */
export function untilInterrupted(onInterrupt: () => void): Interruption {
  const controller = new AbortController()
  let first = 0
  const onSignal = () => {
    if (first === 0) {
      first = Date.now()
      onInterrupt()
      controller.abort()
    } else if (Date.now() - first > impatientAfterMs) process.exit(130)
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal)
    },
  }
}
