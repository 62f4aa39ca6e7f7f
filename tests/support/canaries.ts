// Strings that nobody else would write, each planted in one secret place, and the search for them.
import { randomBytes } from 'node:crypto'

export interface Canaries {
  /** A text with a mark of its own, for the place that it is named after. */
  plant(place: string): string
  /** Watches for a text that we did not choose ourselves: a token's part, a key. */
  watch(place: string, text: string): string
  /** The places whose canaries are found in a text. */
  foundIn(text: string, but?: readonly string[]): string[]
  readonly places: readonly string[]
}

export function makeCanaries(): Canaries {
  const marks: [place: string, mark: string][] = []
  return {
    plant(place) {
      const mark = randomBytes(10).toString('hex')
      marks.push([place, mark])
      return `canary-${mark}`
    },
    watch(place, text) {
      marks.push([place, text])
      return text
    },
    foundIn: (text, but = []) => [
      ...new Set(marks.filter(([place, mark]) => !but.includes(place) && text.includes(mark)).map(([place]) => place)),
    ],
    get places() {
      return [...new Set(marks.map(([place]) => place))]
    },
  }
}
