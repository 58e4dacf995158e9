import { expect, test } from 'vitest'
import { packExample } from '../../scripts/lib/example-packages.ts'
import { checkPackage } from '../../src/archive/check-package.ts'

const { manifest } = await checkPackage((await packExample('midnight-theme')).zip)
const themes = (manifest?.contributes.themes ?? []).map(({ key, tokens }) => ({
  key,
  color: tokens['color'] as Record<string, string>,
  strict: key === 'midnight-contrast',
}))
const surfaces = ['background', 'surface', 'raised']
const texts = ['text', 'textMuted', 'link', 'success', 'warning', 'danger']

test('the theme brings tokens and no code', () => {
  expect(manifest?.entry).toBeNull()
  expect(themes.map(({ key }) => key)).toEqual(['midnight', 'midnight-contrast', 'daybreak'])
})

test.each(themes)('$key: every theme has the same tokens, so that switching leaves no gap', ({ color }) => {
  expect(Object.keys(color)).toEqual(Object.keys(themes[0]?.color ?? {}))
  expect(Object.values(color).filter((value) => !/^#[0-9a-f]{6}$/.test(value))).toEqual([])
})

test.each(themes)('$key: text keeps WCAG contrast on every surface', ({ color, strict }) => {
  const pairs = [
    ...surfaces.flatMap((surface) => texts.map((text) => [text, surface])),
    ['onAccent', 'accent'],
  ]
  expect(below(strict ? 7 : 4.5, pairs, color)).toEqual([])
})

test.each(themes)('$key: borders and focus rings can be told from every surface', ({ color, strict }) => {
  const pairs = surfaces.flatMap((surface) => ['border', 'focus', 'accent'].map((line) => [line, surface]))
  expect(below(strict ? 4.5 : 3, pairs, color)).toEqual([])
})

test('the ratio is the one of WCAG 2.2: 21 for black on white, 1 for a colour on itself', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.478, 3)
  expect(contrast('#123456', '#123456')).toBe(1)
})

function below(ratio: number, pairs: string[][], color: Record<string, string>): string[] {
  return pairs
    .map(([front = '', back = '']) => ({
      name: `${front} on ${back}`,
      ratio: contrast(color[front] ?? '', color[back] ?? ''),
    }))
    .filter((pair) => !(pair.ratio >= ratio))
    .map((pair) => `${pair.name}: ${pair.ratio.toFixed(2)}`)
}

/** Contrast ratio of WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

/** Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
