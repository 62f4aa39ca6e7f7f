// The chart: one bar a comparison, its length the ratio on a logarithmic scale, its whisker the spread, a mark where the goal is.
import type { Comparison, Result } from './workload.ts'

const [width, label, right, rowHeight, top] = [960, 430, 90, 26, 56]
const [smallest, largest] = [0.1, 20]

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Where a ratio is, from left to right. */
function at(ratio: number): number {
  const share = Math.log(Math.min(Math.max(ratio, smallest), largest) / smallest) / Math.log(largest / smallest)
  return Math.round((label + share * (width - label - right)) * 10) / 10
}

function bar({ what, value, goal, met }: Comparison, id: string, row: number): string {
  const y = top + row * rowHeight
  const [from, to] = [Math.min(at(1), at(value.median)), Math.max(at(1), at(value.median))]
  const colour = met === null ? '#8a8f98' : met ? '#2f8f5b' : '#c4632f'
  const mark = goal === null ? '' : `<path d="M${at(goal.value)} ${y - 2}v18" stroke="#1f2328" stroke-width="2"/>`
  return [
    `<text x="8" y="${y + 11}">${id}  ${xml(what)}</text>`,
    `<rect x="${from}" y="${y}" width="${Math.max(1, to - from)}" height="14" fill="${colour}"/>`,
    `<path d="M${at(value.least)} ${y + 7}H${at(value.most)}" stroke="#1f2328"/>`,
    mark,
    `<text x="${width - 8}" y="${y + 11}" text-anchor="end">${value.median.toFixed(2)}</text>`,
  ].join('')
}

/** Comparisons that are ratios, of valid results; the others have no place on one scale. */
export function chartOf(results: readonly Result[], machine: string): string {
  const rows = results.flatMap(({ id, comparisons, faults }) =>
    faults.length > 0
      ? []
      : comparisons.filter(({ value, goal }) => goal?.unit === undefined && value.median > 0).map((each) => ({ id, each })),
  )
  const height = top + rows.length * rowHeight + 30
  const ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20].map(
    (ratio) =>
      `<path d="M${at(ratio)} ${top - 8}V${height - 26}" stroke="${ratio === 1 ? '#1f2328' : '#d8dce1'}"/><text x="${at(ratio)}" y="${top - 14}" text-anchor="middle">${ratio}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1f2328">
<title>FleetFlow beside other ways of doing the same, as ratios</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="8" y="20" font-size="15" font-weight="600">FleetFlow, as ratios in one run</text>
${ticks.join('\n')}
${rows.map(({ id, each }, row) => bar(each, id, row)).join('\n')}
<text x="8" y="${height - 8}" fill="#59636e">Black marks are goals, thin lines the spread of the rounds. ${xml(machine)}</text>
</svg>
`
}
