import { failure } from './answers.js'

/** Reviews on one page. */
const PAGE_SIZE = 20
/** How the collection's refusals are told over HTTP. */
const STATUS_OF = { INVALID_DOCUMENT: 400, BAD_CURSOR: 400, UNIQUE: 409, QUOTA_EXCEEDED: 507 }

/**
 * Handles `POST /suppliers/:id/reviews`: keeps what somebody thinks of a supplier after an order, once an order.
 *
 * @param {object} ctx
 * @param {{ params: { id: string }, body: { order: string, score: number, text?: string } }} request
 * @returns {Promise<{ status: number, body: object }>} 201 with the review, 400, 404 or 409
 */
export async function addReview(ctx, request) {
  const supplier = request.params.id
  if (!isKnown(ctx, supplier)) return failure(404, 'NOT_FOUND', 'There is no such supplier.')
  return await answering(async () => {
    const kept = await ctx.collections.reviews.insert({ ...request.body, supplier })
    return { status: 201, body: { review: told(kept) } }
  })
}

/**
 * Handles `GET /suppliers/:id/reviews?after=`: the newest first.
 *
 * @param {object} ctx
 * @param {{ params: { id: string }, query: Record<string, string | string[]> }} request
 * @returns {Promise<{ status: number, body: object }>} 200 with `{ reviews, total, nextAfter }`, or 400
 */
export async function listReviews(ctx, request) {
  const where = { supplier: { eq: request.params.id } }
  return await answering(async () => {
    const [after = null] = [request.query?.after].flat()
    const [page, total] = await Promise.all([
      ctx.collections.reviews.find({ where, orderBy: { id: 'desc' }, limit: PAGE_SIZE, after }),
      ctx.collections.reviews.count({ where }),
    ])
    return { status: 200, body: { reviews: page.documents.map(told), total, nextAfter: page.after } }
  })
}

/**
 * Handles the extension point `supplier-risk-analyzer.opinion` of another plugin.
 *
 * @param {object} ctx
 * @param {{ supplier: string }} payload
 * @returns {Promise<{ reviews: number, averageScore: number } | null>} of the latest hundred reviews; null where there is none
 */
export async function giveOpinion(ctx, { supplier }) {
  const { documents } = await ctx.collections.reviews.find({
    where: { supplier: { eq: supplier } },
    orderBy: { id: 'desc' },
    limit: 100,
  })
  if (documents.length === 0) return null
  const sum = documents.reduce((total, { document }) => total + document.score, 0)
  return { reviews: documents.length, averageScore: Math.round((sum / documents.length) * 10) / 10 }
}

function isKnown(ctx, id) {
  return ctx.settings.suppliers.some((supplier) => supplier.id === id)
}

function told({ id, createdAt, document }) {
  return { id, at: createdAt, order: document.order, score: document.score, text: document.text ?? null }
}

async function answering(work) {
  try {
    return await work()
  } catch (error) {
    const status = STATUS_OF[error.code]
    if (status === undefined) throw error
    return failure(status, error.code, error.message)
  }
}
