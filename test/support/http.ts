/** What a request was answered. */
export interface Answer {
  status: number
  headers: Headers
  /** Parsed where it is JSON, else null. */
  json: {
    data?: Record<string, unknown> | null
    errors?: { message: string; extensions?: { code?: string } }[]
  } | null
  text: string
}

/** Sends a request as it is given. */
export async function send(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').includes('json')
  return {
    status: response.status,
    headers: response.headers,
    json: isJson ? (JSON.parse(text) as Answer['json']) : null,
    text,
  }
}

/** Asks the graph as a client does. */
export async function ask(
  server: { url: string },
  query: string,
  options: { key?: string; variables?: unknown; accept?: string } = {},
): Promise<Answer> {
  const { key, variables, accept } = options
  return await send(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(accept ? { accept } : {}),
      ...(key ? { authorization: `Bearer ${key}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
  })
}

/** Waits until a condition holds; fails with its name after a bounded number of looks. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  looks = 400,
): Promise<void> {
  for (let look = 0; look < looks; look++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`It never came to be: ${what}`)
}
