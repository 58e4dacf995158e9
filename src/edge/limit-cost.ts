import { complexityFromQuery } from '@pothos/plugin-complexity'
import { GraphQLError, Kind, type DocumentNode, type GraphQLSchema } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** Fields that one request may touch, as the graph counts them: a page counts its nodes as often as it may hold some. */
const MAX_COMPLEXITY = 20_000
/** Selections beside and below one another that are asked for in all. */
const MAX_BREADTH = 600

interface Operation {
  schema: GraphQLSchema
  document: DocumentNode
  operationName?: string | null | undefined
  variableValues?: Record<string, unknown> | null | undefined
  contextValue?: unknown
}

/** Refuses an operation that costs too much before anything of it is executed. */
export function limitCost(): Plugin {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const refusal = refusalOf(args)
      if (refusal !== null) setResultAndStopExecution({ errors: [refusal] })
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const refusal = refusalOf(args)
      if (refusal !== null) setResultAndStopExecution({ errors: [refusal] } as never)
    },
  }
}

function refusalOf(operation: Operation): GraphQLError | null {
  const document = executedPart(operation)
  if (document === null) return null
  const cost = costOf(document, operation)
  if (cost === null) return null
  const { complexity, breadth } = cost
  if (complexity > MAX_COMPLEXITY) {
    return refused(
      `This asks for too much at once (cost ${complexity} of ${MAX_COMPLEXITY}): ask for smaller pages.`,
    )
  }
  return breadth > MAX_BREADTH
    ? refused(`This asks for ${breadth} fields; ${MAX_BREADTH} are the most.`)
    : null
}

/** Null where the variables do not fit their types: execution itself refuses them, with what is wrong. */
function costOf(
  document: DocumentNode,
  operation: Operation,
): { complexity: number; breadth: number } | null {
  try {
    return complexityFromQuery(document, {
      schema: operation.schema,
      variables: operation.variableValues ?? {},
      ctx: operation.contextValue as object,
    })
  } catch (error) {
    if (error instanceof GraphQLError) return null
    throw error
  }
}

/** The document with the one operation that is executed; null where execution itself will refuse the choice. */
function executedPart({ document, operationName }: Operation): DocumentNode | null {
  const operations = document.definitions.filter((it) => it.kind === Kind.OPERATION_DEFINITION)
  const chosen = operationName ? operations.find((it) => it.name?.value === operationName) : operations[0]
  if (chosen === undefined || (!operationName && operations.length > 1)) return null
  const fragments = document.definitions.filter((it) => it.kind === Kind.FRAGMENT_DEFINITION)
  return { ...document, definitions: [chosen, ...fragments] }
}

function refused(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'BAD_USER_INPUT', http: { spec: true, status: 400 } },
  })
}
