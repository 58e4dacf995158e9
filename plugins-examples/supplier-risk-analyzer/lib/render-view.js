/**
 * The view: a table with one row for each supplier, readable without style or script of the host.
 *
 * @param {{ supplier: string, score: number, level: string, factors: { reason: string }[] }[]} risks
 * @returns {string} HTML
 */
export function renderView(risks) {
  const rows = risks.map(
    ({ supplier, score, level, factors }) =>
      `<tr><th scope="row">${escapeHtml(supplier)}</th><td>${score}</td><td>${level}</td>` +
      `<td>${escapeHtml(factors.map((factor) => factor.reason).join('; '))}</td></tr>`,
  )
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><title>Supplier risk</title></head><body>',
    '<h1>Supplier risk</h1>',
    risks.length === 0 ? '<p>Nothing is known of any supplier yet.</p>' : '',
    '<table><caption>Riskiest first; 0 is none, 100 is most</caption>',
    '<thead><tr><th scope="col">Supplier</th><th scope="col">Score</th><th scope="col">Level</th><th scope="col">Why</th></tr></thead>',
    `<tbody>${rows.join('\n')}</tbody></table>`,
    '</body></html>',
  ].join('\n')
}

function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}
