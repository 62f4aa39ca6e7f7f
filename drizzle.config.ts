// Where drizzle-kit finds the tables and writes the history; `pnpm db:new` runs it.
import { defineConfig } from 'drizzle-kit'

export default defineConfig({ dialect: 'postgresql', schema: './db/schema/index.ts', out: './db/migrations' })
