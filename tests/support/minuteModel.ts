// Availability by brute force: what a car's trips take of it, minute by minute, and what that leaves. Knows nothing of ranges.
export const minute = 60_000

export interface ModelCar {
  id: string
  prep: number
  turnaround: number
  backToBack: boolean
  lat: number
  lng: number
  /** Minutes, counted from some instant, that something else has. */
  taken: Set<number>
  /** Since when it should be back; NaN for a car that is on no trip. */
  overdueSince: number
  /** Minutes that its being late takes, as of some present. */
  late: Set<number>
}

/** A trip's share of its car: closed at both ends, or open at the end where trips may follow back to back. */
export function minutesOf(from: number, to: number, backToBack: boolean): number[] {
  const last = backToBack ? to - 1 : to
  return Array.from({ length: Math.max(0, last - from + 1) }, (_, i) => from + i)
}

/** Whether a trip fits, by looking at every minute that it would take. */
export function fits(car: ModelCar, start: number, end: number): boolean {
  const last = end + car.turnaround - (car.backToBack ? 1 : 0)
  for (let m = start - car.prep; m <= last; m += 1) if (car.taken.has(m) || car.late.has(m)) return false
  return true
}

/** Lets time pass: a car that should be back is taken until it could be turned around, but not beyond what comes next. */
export function pass(car: ModelCar, present: number): void {
  car.late = new Set()
  for (let m = car.overdueSince; m <= present + car.turnaround && !car.taken.has(m); m += 1) car.late.add(m)
}

/** The longest stretches of minutes within which any trip of one minute fits, and is open. */
export function windowsOf(car: ModelCar, from: number, to: number, open: (m: number) => boolean, least: number): [number, number][] {
  const windows: [number, number][] = []
  for (let m = from; m < to; m += 1) {
    if (!fits(car, m, m + 1) || !open(m)) continue
    const last = windows.at(-1)
    if (last?.[1] === m) last[1] = m + 1
    else windows.push([m, m + 1])
  }
  return windows.filter(([start, end]) => end - start >= least)
}

/** The first start of each of the next stretches of starts at which so many minutes fit. */
export function nextStartsOf(
  car: ModelCar,
  length: number,
  from: number,
  until: number,
  open: (instant: number) => boolean,
  wanted: number,
): number[] {
  const starts: number[] = []
  let before = false
  for (let m = from; m <= until && starts.length < wanted; m += 1) {
    const now = open(m) && open(m + length) && fits(car, m, m + length)
    if (now && !before) starts.push(m)
    before = now
  }
  return starts
}

/** Great-circle metres between two places in microdegrees: by the straight line through the ball, where the database uses haversines. */
export function metresBetween(aLat: number, aLng: number, bLat: number, bLng: number): number {
  const rad = (microdegrees: number) => (microdegrees / 180e6) * Math.PI
  const point = (lat: number, lng: number) => [
    Math.cos(rad(lat)) * Math.cos(rad(lng)),
    Math.cos(rad(lat)) * Math.sin(rad(lng)),
    Math.sin(rad(lat)),
  ]
  const b = point(bLat, bLng)
  const chord = Math.hypot(...point(aLat, aLng).map((value, i) => value - (b[i] ?? 0)))
  return Math.round(2 * 6_371_008.771 * Math.asin(Math.min(1, chord / 2)))
}
