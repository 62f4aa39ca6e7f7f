// Counts calls in windows: what does not fit is refused whole and costs nothing.

export interface Allowance {
  /** Calls in a window. */
  max: number
  windowMs: number
}

interface Taking {
  allowed: boolean
  /** What is left of the window, after this taking if it was allowed. */
  remaining: number
  /** When the window ends, from now. */
  resetMs: number
}

/** Takes so many calls from the window of this key, all or none. */
export type Counter = (key: string, calls: number) => Promise<Taking>

const mostKeys = 100_000

/** Windows in this process's memory. Their number is bounded: the one that ends first makes room. */
export function memoryCounter({ max, windowMs }: Allowance, now: () => number = Date.now): Counter {
  // In the order in which they end, because all are of one length.
  const windows = new Map<string, { taken: number; endsAt: number }>()
  return async (key, calls) => {
    const at = now()
    let window = windows.get(key)
    if (window === undefined || window.endsAt <= at) {
      windows.delete(key)
      window = { taken: 0, endsAt: at + windowMs }
      windows.set(key, window)
      const [oldest] = windows.keys()
      if (windows.size > mostKeys && oldest !== undefined) windows.delete(oldest)
    }
    const allowed = window.taken + calls <= max
    if (allowed) window.taken += calls
    return { allowed, remaining: max - window.taken, resetMs: window.endsAt - at }
  }
}
