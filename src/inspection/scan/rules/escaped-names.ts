import type { RuleRun } from '../rule.ts'

/** Plain letters as escapes in names: no tool writes `\u0065val`, people who hide it do. */
export function escapedNames(): RuleRun {
  return {
    module: ({ text }, tell) => {
      if (!text.includes(String.raw`\u`)) return {}
      const look = (node: { start: number; end: number; name: string }): void => {
        const isEscaped =
          node.end - node.start > node.name.length && text.slice(node.start, node.end).includes('\\u')
        if (!isEscaped || !/^[\w$]+$/.test(node.name)) return
        tell(node, `The name "${node.name.slice(0, 60)}" is written with escapes. Write its letters.`)
      }
      return { Name: look, Identifier: look }
    },
  }
}
