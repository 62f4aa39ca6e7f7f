// Where a command speaks: results on standard output, everything else on standard error.
export interface Terminal {
  json: boolean
  /** Ends the command: one line of JSON, or the lines meant for people. */
  result(value: Readonly<Record<string, unknown>>, lines: readonly string[]): void
  /** A line about what happens, on standard error. */
  note(line: string): void
  /** Shows how far something is, as soon as it lasts longer than a second. */
  progress(): Progress
  /** Does something that may last; its name is shown after a second. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>
}

interface Progress {
  update(text: string): void
  /** Takes the progress away. */
  end(): void
}

const firstAfterMs = 1000
const redrawMs = 100
const repeatMs = 5000

interface Streams {
  stdout: Pick<NodeJS.WriteStream, 'write'>
  stderr: Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean }
}

export function openTerminal(json: boolean, { stdout, stderr }: Streams = process): Terminal {
  const progress = () => showProgress(stderr)
  return {
    json,
    result: (value, lines) => void stdout.write(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join('')),
    note: (line) => void stderr.write(`${line}\n`),
    progress,
    step: async (name, work) => {
      const shown = progress()
      shown.update(`${name} ...`)
      try {
        return await work()
      } finally {
        shown.end()
      }
    },
  }
}

/** A terminal's line is drawn over; anything else (a file, a CI log) gets a new line now and then. */
function showProgress(stderr: Streams['stderr']): Progress {
  const started = Date.now()
  let text = ''
  let shownAt = 0
  const draw = () => {
    const now = Date.now()
    if (text === '' || now - started < firstAfterMs || now - shownAt < (stderr.isTTY ? redrawMs : repeatMs)) return
    shownAt = now
    stderr.write(stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`)
  }
  const timer = setInterval(draw, redrawMs)
  timer.unref()
  return {
    update: (next) => {
      text = next
      draw()
    },
    end: () => {
      clearInterval(timer)
      if (stderr.isTTY && shownAt > 0) stderr.write('\r\x1b[K')
    },
  }
}
