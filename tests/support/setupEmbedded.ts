// Starts the 'embedded' cluster for a vitest project.
import { setupFor } from './cluster.ts'

export const setup = setupFor('embedded')
