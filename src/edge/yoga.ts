import { EnvelopArmor } from '@escape.tech/graphql-armor'
import { NoSchemaIntrospectionCustomRule, type GraphQLSchema } from 'graphql'
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga'
import type { App } from '../app.ts'
import type { Context } from '../graphql/context.ts'
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
    maskedErrors: { maskError: maskError(app.log) },
    context: ({ actor, requestId, signal, takeStream }) => ({
      app,
      actor,
      requestId,
      signal,
      takeStream,
      loaders: new Map(),
    }),
    plugins: [
      ...(armor.protect().plugins as unknown as Plugin[]),
      limitCost(),
      hideSchema(app),
      codeMistakes(app),
      noteFacts(),
    ],
  })
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
  const note = (args: {
    contextValue?: unknown
    document: { definitions: readonly object[] }
    operationName?: unknown
  }): void => {
    const { operation } = args.contextValue as Partial<ServerContext>
    if (operation === undefined) return
    const definition = args.document.definitions.find((it) => 'operation' in it) as
      | { operation: string; name?: { value: string } }
      | undefined
    operation.name = definition?.name?.value ?? null
    operation.type = definition?.operation ?? null
  }
  return {
    onExecute: ({ args }) => {
      note(args as never)
      return {
        onExecuteDone({ result }) {
          const { operation } = args.contextValue as unknown as Partial<ServerContext>
          const errors =
            'errors' in (result as object)
              ? ((result as { errors?: { extensions?: { code?: unknown } }[] }).errors ?? [])
              : []
          operation?.errors.push(...errors.map((error) => String(error.extensions?.code ?? 'UNKNOWN')))
        },
      }
    },
    onSubscribe: ({ args }) => note(args as never),
  }
}
