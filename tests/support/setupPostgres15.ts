// Starts the 'postgres15' cluster for a vitest project.
import { setupFor } from './cluster.ts'

export const setup = setupFor('postgres15')
