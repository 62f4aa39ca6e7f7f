// Hooks of the package manager: what it would install or pack otherwise.

// The Node platform packages publish `os` and `cpu` as strings; pnpm compares arrays, so without this every platform is installed.
const asArray = (value) => (typeof value === 'string' ? [value] : value)

// Optional peers that come with the benchmarks' rivals: the product uses its own driver, and would install them all with it.
const rivals = ['pg', '@types/pg', 'react', 'react-dom']

function withoutRivals(manifest) {
  for (const name of rivals) {
    if (manifest.peerDependenciesMeta?.[name]?.optional !== true) continue
    delete manifest.peerDependencies?.[name]
    delete manifest.peerDependenciesMeta[name]
  }
}

export const hooks = {
  readPackage(manifest) {
    if (/^(better-auth|drizzle-orm|@better-auth\/.*)$/.test(manifest.name ?? '')) withoutRivals(manifest)
    if (/^node-(bin-)?(linux|darwin|win)-/.test(manifest.name ?? '')) {
      manifest.os = asArray(manifest.os)
      manifest.cpu = asArray(manifest.cpu)
    }
    return manifest
  },
  /** What is packed says nothing about how it was built. */
  beforePacking({ devDependencies: _, scripts: __, ...manifest }) {
    return manifest
  },
}
