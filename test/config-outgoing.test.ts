import { expect, test } from 'vitest'
import type { ConfigError } from '../src/config.ts'
import { loadConfig } from '../src/config/load-config.ts'

function mistakesOf(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig(env)
    return []
  } catch (error) {
    return (error as ConfigError).mistakes.map(({ name }) => name)
  }
}

test('without SMTP_URL no mail is sent, and with it there must be a sender', () => {
  expect(loadConfig({}).mail).toBeNull()
  const SMTP_URL = 'smtps://me:secret@mail.example.com:465'
  for (const MAIL_FROM of ['a@example.com', 'Patchbay Plugins <a@example.com>'])
    expect(loadConfig({ SMTP_URL, MAIL_FROM }).mail).toEqual({ url: SMTP_URL, from: MAIL_FROM, perHour: 200 })
  expect(mistakesOf({ SMTP_URL })).toEqual(['MAIL_FROM'])
  for (const MAIL_FROM of ['nobody', 'A\r\nBcc: b@example.com <a@example.com>', '<a@b> c@d', 'a@b, c@d'])
    expect(mistakesOf({ SMTP_URL, MAIL_FROM }), MAIL_FROM).toEqual(['MAIL_FROM'])
  for (const url of ['mail.example.com', 'http://mail.example.com', 'smtp://'])
    expect(mistakesOf({ SMTP_URL: url, MAIL_FROM: 'a@example.com' }), url).toEqual(['SMTP_URL'])
})

test('without LLM_BASE_URL no model is asked, and with it there must be a model; the first of several is the default', () => {
  expect(loadConfig({}).llm).toBeNull()
  const LLM_BASE_URL = 'https://llm.example.com/v1/'
  expect(loadConfig({ LLM_BASE_URL, LLM_MODEL: 'small, large' }).llm).toEqual({
    baseUrl: 'https://llm.example.com/v1',
    apiKey: null,
    models: ['small', 'large'],
    tokensPerDay: 200_000,
    timeoutMs: 30_000,
    filters: false,
  })
  expect(mistakesOf({ LLM_BASE_URL })).toEqual(['LLM_MODEL'])
  expect(mistakesOf({ LLM_BASE_URL, LLM_MODEL: 'small,,large' })).toEqual(['LLM_MODEL'])
  expect(mistakesOf({ LLM_BASE_URL: 'https://me:key@llm.example.com', LLM_MODEL: 'm' })).toEqual([
    'LLM_BASE_URL',
  ])
})
