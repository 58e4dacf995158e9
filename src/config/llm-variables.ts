import { seconds } from '../lib/units.ts'
import * as parse from './parsers.ts'
import { optional, secret, set } from './variable.ts'

/** By what plugins ask a language model. */
export const llmVariables = {
  llmBaseUrl: optional(
    'LLM_BASE_URL',
    'the OpenAI-compatible service by which plugins with llm:invoke ask a language model; without it none do',
    parse.httpUrl,
    'http(s)://host:port/path before /chat/completions, e.g. https://api.openai.com/v1',
  ),
  llmApiKey: secret('LLM_API_KEY', 'the key for it', parse.word, 'the key of that service'),
  llmModels: optional(
    'LLM_MODEL',
    'the model, or several of which plugins may choose: the first where they name none',
    parse.words,
    'names of models, separated by commas',
  ),
  llmTokensPerDay: set(
    'LLM_TOKENS_PER_DAY',
    'tokens that one installation may use a day (UTC), of prompts and answers together',
    parse.integer(1, 999_999_999),
    '200000',
    'a number from 1 to 999999999',
  ),
  llmTimeoutMs: set(
    'LLM_TIMEOUT_SECONDS',
    'time for one answer; a call of plugin code has its own limit as well',
    parse.scaled(1, 600, seconds(1)),
    '30',
    'seconds, 1 to 600',
  ),
  llmFilters: set(
    'LLM_FILTERS',
    "whether prompts and answers of plugins pass the site's filters llm.prompt and llm.response",
    parse.boolean,
    'false',
    'true or false',
  ),
}
