// Hooks of the package manager: what it would install or pack otherwise.

// The Node platform packages publish `os` and `cpu` as strings; pnpm compares arrays, so without this every platform is installed.
const asArray = (value) => (typeof value === 'string' ? [value] : value)

export const hooks = {
  readPackage(manifest) {
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
