// Keeps what Node made of the code (types taken away, compiled) for the next start, which then need not make it again.
import module from 'node:module'
import { dirname, join } from 'node:path'

/**
 * Beside the packages: who can write there can change the code itself, which is not so of a shared folder for temporary files. Where nobody
 * can, nothing is kept. An operator's own NODE_COMPILE_CACHE or NODE_DISABLE_COMPILE_CACHE goes first.
 */
export function keepCompiledCode(): void {
  module.enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/fleetflow'))
}

/** For a process that we start, whose code is loaded before it could ask. */
export function compileCacheForChildren(): Record<string, string> {
  const folder = module.getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) }
}
