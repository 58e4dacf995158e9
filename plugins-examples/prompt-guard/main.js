import { definePlugin } from 'patchbay'
import { guardPrompt } from './lib/guard-prompt.js'
import { guardResponse } from './lib/guard-response.js'

export default definePlugin({
  filters: {
    'llm.prompt': guardPrompt,
    'llm.response': guardResponse,
  },
})
