import type { Console } from './console.ts'
import { sizeText } from './findings.ts'

const WIDTH = 24

/** A bar on a terminal's standard error; nothing anywhere else. Sizes in bytes. */
export function progressBar(
  console: Console,
  label: string,
  total: number,
): { at: (done: number) => void; end: () => void } {
  let shown = -1
  return {
    at(done) {
      if (!console.showsProgress) return
      const filled = Math.floor((done / total) * WIDTH)
      const percent = Math.floor((done / total) * 100)
      if (percent === shown) return
      shown = percent
      const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`
      const what = done >= total ? 'being checked' : `${sizeText(done)} of ${sizeText(total)}`
      console.status(`${label}  ${bar} ${percent} %  ${what}`)
    },
    end: () => console.status(''),
  }
}
