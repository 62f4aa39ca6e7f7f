// Where the real trips are; the data is never part of the repository.
import { resolve } from 'node:path'

/** The folder with `babs2014_trips.csv.gz`, from FLEETFLOW_TEST_DATA or `../shared/data` beside the repository. */
export const testDataFolder = resolve(import.meta.dirname, '..', '..', process.env.FLEETFLOW_TEST_DATA ?? '../shared/data')
