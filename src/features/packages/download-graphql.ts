import { builder } from '../../graphql/builder.ts'
import { packageFileName } from './package-file.ts'

/** Where a package's archive is, and how much it is used. */
builder.prismaObjectFields('Package', (t) => ({
  downloadUrl: t.string({
    description: 'Where to download the archive (GET, authorised like the graph, ETag = checksum).',
    select: { id: true, version: true, format: true, plugin: { select: { slug: true } } },
    resolve: ({ id, ...named }, _args, { app }) =>
      `${app.config.publicUrl ?? ''}/packages/${id}/${packageFileName(named)}`,
  }),
  downloadCount: t.exposeInt('downloadCount'),
  installCount: t.exposeInt('installCount', { description: 'Sites where this version is installed now.' }),
}))

builder.prismaObjectFields('Plugin', (t) => ({
  downloadCount: t.exposeInt('downloadCount', { description: 'Of all versions.' }),
  installCount: t.exposeInt('installCount', { description: 'Sites where any version is installed now.' }),
}))
