/**
 * Loads isolated-vm's binary from the path that the parent found. Loading it by name would need the file system rights
 * to search for it: this way the runner may read its own folder and this one file.
 *
 * @returns {typeof import('isolated-vm')}
 */
export function loadEngine(path) {
  const loaded = { exports: {} }
  process.dlopen(loaded, path)
  return loaded.exports.ivm
}
