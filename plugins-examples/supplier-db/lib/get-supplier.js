import { failure, presented } from './answers.js'

/**
 * Handles `GET /suppliers/:id`.
 *
 * @param {object} ctx
 * @param {{ params: { id: string } }} request
 * @returns {{ status: number, body: object }} 200 with the supplier, or 404
 */
export function getSupplier(ctx, request) {
  const supplier = ctx.settings.suppliers.find((candidate) => candidate.id === request.params.id)
  return supplier === undefined
    ? failure(404, 'NOT_FOUND', 'There is no such supplier.')
    : { status: 200, body: { supplier: presented(supplier) } }
}
