// Every procedure has a row; a test compares these names with the router's.
import type { Row } from '../row.ts'
import { account } from './account.ts'
import { cars } from './cars.ts'
import { fleets } from './fleets.ts'
import { members } from './members.ts'
import { trips } from './trips.ts'

export const rows: Record<string, Row> = { ...trips, ...fleets, ...members, ...cars, ...account }
