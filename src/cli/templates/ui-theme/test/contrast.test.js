import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const manifest = JSON.parse(readFileSync(new URL('../manifest.json', import.meta.url), 'utf8'))
/** WCAG 2.2, 1.4.3: text of ordinary size, level AA. */
const LEAST_CONTRAST = 4.5

for (const { key, tokens } of manifest.contributes.themes) {
  const { background, surface, text, textMuted, link, danger, accent, onAccent } = tokens.color
  const pairs = [[onAccent, accent]]
  for (const ground of [background, surface]) {
    for (const ink of [text, textMuted, link, danger]) pairs.push([ink, ground])
  }
  for (const [ink, ground] of pairs) {
    test(`${key}: ${ink} can be read on ${ground}`, () => {
      assert.ok(contrast(ink, ground) >= LEAST_CONTRAST, `contrast ${contrast(ink, ground).toFixed(2)}`)
    })
  }
}

/** WCAG 2.2, contrast ratio of two colours as #rrggbb: 1 to 21. */
function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

/** WCAG 2.2, relative luminance: 0 to 1. */
function luminance(colour) {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
