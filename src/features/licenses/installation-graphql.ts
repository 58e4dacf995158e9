import { can } from '../../auth/authorize.ts'
import { builder } from '../../graphql/builder.ts'

builder.prismaObjectField('Installation', 'license', (t) =>
  t.field({
    type: 'License' as never,
    nullable: true,
    description: 'By which it runs.',
    select: ((_args: object, _context: object, nested: (selection: object) => object) => ({
      organizationId: true,
      license: nested({}),
    })) as never,
    resolve: (parent, _args, { actor }) => {
      const row = parent as unknown as { organizationId: string; license: unknown }
      // Its own organization reads the licence whose seat the site holds; nobody else sees the installation.
      return (can(actor, 'licenses:read', row.organizationId) ? row.license : null) as never
    },
  }),
)
