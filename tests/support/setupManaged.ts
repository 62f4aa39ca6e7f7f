// Starts the 'managed' cluster for a vitest project.
import { setupFor } from './cluster.ts'

export const setup = setupFor('managed')
