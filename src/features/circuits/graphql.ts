import { builder } from '../../graphql/builder.ts'
import { CIRCUIT, type Circuit } from './circuit.ts'

const CircuitState = builder.enumType('CircuitState', {
  values: {
    CLOSED: { description: 'Calls are made.' },
    OPEN: { description: 'Calls are refused.' },
    HALF_OPEN: { description: 'The next call is tried, or one just is; the others are refused.' },
  },
})

const InstallationCircuit = builder.objectRef<Circuit | { failures: 0 }>('InstallationCircuit').implement({
  description:
    'Whether calls of an installation are made: it opens after too many failures in a row (5 within 10 minutes).',
  fields: (t) => ({
    state: t.field({
      type: CircuitState,
      resolve: (circuit, _args, { app }) => {
        if (!('openUntil' in circuit) || circuit.openUntil === null) return 'CLOSED'
        return app.clock.now() < circuit.openUntil ? 'OPEN' : 'HALF_OPEN'
      },
    }),
    failures: t.exposeInt('failures', { description: 'In a row.' }),
    failingSince: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the first of them was.',
      resolve: (circuit) => ('failingSince' in circuit ? circuit.failingSince : null),
    }),
    openUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Calls are refused until then, and one is tried after it.',
      resolve: (circuit) => ('openUntil' in circuit ? circuit.openUntil : null),
    }),
  }),
})

builder.prismaObjectField('Installation', 'circuit', (t) =>
  t.field({
    type: InstallationCircuit,
    select: { circuit: { select: CIRCUIT } },
    resolve: ({ circuit }) => circuit ?? { failures: 0 as const },
  }),
)
