/**
 * Keeps a script among the plugin's own files, `scripts/<router>/<name>.rsc`, and as many of that router as there are backups.
 *
 * @param {object} ctx
 * @param {string} router
 * @param {{ name: string, script: string, keep: number }} what names sort by time
 */
export async function keepScript(ctx, router, { name, script, keep }) {
  const folder = `scripts/${router}/`
  await ctx.files.write(`${folder}${name}.rsc`, `${script}\n`)
  const { files } = await ctx.files.list(folder, { limit: 1000 })
  const old = files.map(({ path }) => path).slice(0, -keep)
  // A few at a time: one call of a handler has 100 calls of the host.
  for (const path of old.slice(0, 50)) await ctx.files.delete(path)
}
