import { definePlugin } from 'patchbay'
import { redactPrompt } from './lib/redact-prompt.js'

export default definePlugin({
  filters: {
    'llm.prompt': (ctx, prompt) => redactPrompt(prompt, ctx.settings.replacement),
  },
})
