import { createHash } from 'node:crypto'

const FIRST_TAB = `# Put the admin key, which npm start printed,
# behind "Bearer " under Headers, below.
# Then press the button on the right.

query FirstLook {
  viewer {
    ... on ApiKey {
      name
      memberships {
        role
        permissions
      }
    }
    ... on User {
      email
      memberships {
        role
        permissions
      }
    }
  }
  plugins(first: 5) {
    nodes {
      slug
      name
      latestPackage {
        version
      }
    }
    totalCount
  }
  systemStatus {
    version
    sandbox {
      ok
      detail
    }
  }
}

# More to try, each in a tab of its own:
#
# mutation { createOrganization(input: { slug: "acme", name: "Acme" }) {
#   organization { id slug } userErrors { code message } } }
#
# subscription { installationHealth { installation { plugin { slug } } sample { status invocations } } }
`

/** The page, whole in one file of ours: it asks no other host for anything. */
export interface Page {
  html: string
  /** Lets this page's own scripts run, and nothing else. */
  contentSecurityPolicy: string
}

let rendered: Page | null = null

/**
 * GraphiQL with a working example in its first tab. Rendered once, and loaded when it is first asked for: it takes 47 MB,
 * and in production nobody asks.
 */
export async function graphiqlPage(): Promise<Page> {
  rendered ??= await render()
  return rendered
}

async function render(): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const html = renderGraphiQL({
    title: 'Patchbay',
    endpoint: '/graphql',
    defaultQuery: FIRST_TAB,
    headers: '{"Authorization": "Bearer "}',
    shouldPersistHeaders: false,
    // By SSE each subscription carries the headers of its own tab, the key among them.
    subscriptionsProtocol: 'SSE',
  })
  const hashes = [...html.matchAll(/<script(?:\s[^>]*)?>([\s\S]*?)<\/script>/g)].map(
    ([, source]) => `'sha256-${createHash('sha256').update(source!).digest('base64')}'`,
  )
  const contentSecurityPolicy = [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    'worker-src blob:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  return { html, contentSecurityPolicy }
}
