import type { CodegenConfig } from '@graphql-codegen/cli'

/** Typed documents of `schema/operations/`, for the command line, the demo and the tests; Node runs them as they are. */
const config: CodegenConfig = {
  schema: 'schema/schema.graphql',
  documents: ['schema/operations/*.graphql'],
  generates: {
    'schema/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        importExtension: '.ts',
        defaultScalarType: 'unknown',
        documentMode: 'string',
        scalars: {
          DateTime: 'string',
          SemVer: 'string',
          SemVerRange: 'string',
          File: { input: 'File', output: 'never' },
        },
      },
    },
  },
}

export default config
