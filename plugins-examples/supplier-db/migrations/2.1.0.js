/**
 * Before 2.1.0 a review had `stars` from 0 to 10; since then a `score` from 1 to 5. All sites of an organization share the reviews and are
 * upgraded one by one, so that it may find them migrated: then there is nothing to do.
 */
export async function up(ctx) {
  await changeAll(ctx, ({ stars }) =>
    stars === undefined ? null : { score: Math.min(5, Math.max(1, Math.round(stars / 2))), stars: null },
  )
}

/** A rollback: the former version knows only `stars`. */
export async function down(ctx) {
  await changeAll(ctx, ({ score }) => (score === undefined ? null : { stars: score * 2, score: null }))
}

async function changeAll(ctx, changesOf) {
  const { reviews } = ctx.collections
  for (let after = null; ;) {
    const page = await reviews.find({ limit: 100, after })
    const updates = page.documents.flatMap(({ id, version, document }) => {
      const changes = changesOf(document)
      return changes === null ? [] : [{ id, version, changes }]
    })
    if (updates.length > 0) await reviews.updateMany(updates)
    if (page.after === null) return
    after = page.after
  }
}
