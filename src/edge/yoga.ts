import { EnvelopArmor } from '@escape.tech/graphql-armor'
import {
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql'
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga'
import type { App } from '../app.ts'
import type { Context } from '../graphql/context.ts'
import { createDocumentCache } from './document-cache.ts'
import { limitCost } from './limit-cost.ts'
import { maskError } from './mask-error.ts'

/** The longest document of the console has 600 tokens; a longer one is an attack on the parser or the validator. */
const MAX_TOKENS = 1_900
/** Selections below one another; GraphiQL's introspection has 15. */
const MAX_DEPTH = 16
/** Aliases and directives multiply work that costs nothing to ask for. */
const MAX_ALIASES = 100
const MAX_DIRECTIVES = 50

/** What the server makes before Yoga is asked. */
export type ServerContext = Pick<Context, 'actor' | 'requestId' | 'signal' | 'takeStream'> & {
  /** Filled in while the operation runs, for the one log line about it. */
  operation: OperationFacts
}

/** What is logged of an operation: never its variables or its answer. */
export interface OperationFacts {
  name: string | null
  type: string | null
  errors: string[]
}

export type Yoga = YogaServerInstance<ServerContext, Context>

/** The graph behind its limits. Every operation goes through here, whichever transport brings it. */
export function createGraph(app: App, schema: GraphQLSchema): Yoga {
  const armor = new EnvelopArmor({
    maxTokens: { n: MAX_TOKENS },
    maxDepth: { n: MAX_DEPTH, flattenFragments: true },
    maxAliases: { n: MAX_ALIASES },
    maxDirectives: { n: MAX_DIRECTIVES },
    // Costs are counted by Pothos, which knows how long a page is.
    costLimit: { enabled: false },
    blockFieldSuggestion: { enabled: app.config.production },
  })
  return createYoga<ServerContext, Context>({
    schema,
    graphiql: false,
    landingPage: false,
    logging: false,
    cors: false,
    batching: false,
    healthCheckEndpoint: '/yoga-health-is-not-served',
    parserAndValidationCache: { documentCache: createDocumentCache(), errorCache: createDocumentCache() },
    maskedErrors: { maskError: maskError(app.log) },
    context: ({ actor, requestId, signal, takeStream }) => ({
      app,
      actor: { ...actor, requestId },
      requestId,
      signal,
      takeStream,
      loaders: new Map(),
    }),
    plugins: [
      ...(armor.protect().plugins as unknown as Plugin[]),
      refuseMalformed(),
      noteFacts(),
      limitCost(),
      hideSchema(app),
      codeMistakes(app),
    ],
  })
}

/** Whatever is wrong with how a request is put together is its sender's mistake. */
function refuseMalformed(): Plugin {
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (requestParser === undefined) return
      setRequestParser(async (request) => {
        try {
          return await requestParser(request)
        } catch (error) {
          if (error instanceof GraphQLError) throw error
          throw new GraphQLError('The body is no request for GraphQL.', {
            extensions: { code: 'BAD_REQUEST' },
          })
        }
      })
    },
  }
}

/** In production, strangers are not told what there is. */
function hideSchema(app: App): Plugin {
  return {
    onValidate({ addValidationRule, context }) {
      const { actor } = context as Partial<ServerContext>
      if (app.config.production && (actor === undefined || actor.kind === 'stranger')) {
        addValidationRule(NoSchemaIntrospectionCustomRule)
      }
    },
  }
}

/** Mistakes that validation finds get our code as well; Yoga masks only what execution throws. */
function codeMistakes(app: App): Plugin {
  const mask = maskError(app.log)
  return {
    onValidate:
      () =>
      ({ result, setResult }) =>
        setResult(result.map(mask)),
  }
}

function noteFacts(): Plugin {
  return {
    onExecute: ({ args }) => {
      note(args)
      return {
        onExecuteDone({ result }) {
          factsOf(args)?.errors.push(...codesOf(result))
        },
      }
    },
    onSubscribe: ({ args }) => note(args),
  }
}

interface Noted {
  contextValue?: unknown
  document: DocumentNode
  operationName?: string | null | undefined
}

function note(args: Noted): void {
  const facts = factsOf(args)
  if (facts === undefined) return
  const operations = args.document.definitions.filter((it) => it.kind === Kind.OPERATION_DEFINITION)
  const chosen = operations.find((it) => it.name?.value === args.operationName) ?? operations[0]
  facts.name = chosen?.name?.value ?? null
  facts.type = chosen?.operation ?? null
}

function factsOf({ contextValue }: Noted): OperationFacts | undefined {
  return (contextValue as Partial<ServerContext>).operation
}

/** Codes of the errors of a result; a stream of results has none of its own. */
function codesOf(result: unknown): string[] {
  if (typeof result !== 'object' || result === null || !('errors' in result)) return []
  const { errors } = result as { errors?: readonly { extensions?: { code?: unknown } }[] }
  return (errors ?? []).map(({ extensions }) =>
    typeof extensions?.code === 'string' ? extensions.code : 'UNKNOWN',
  )
}
