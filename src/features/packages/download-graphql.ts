import { builder } from '../../graphql/builder.ts'
import { packageFileName } from './package-file.ts'

/** Where a package's archive is, and how much it is used. */
builder.prismaObjectFields('Package', (t) => ({
  downloadUrl: t.string({
    description:
      'Where to download the archive (GET, authorised like the graph, ETag = checksum): a whole address where the service knows its own, else a path on the server of this graph.',
    select: { id: true, version: true, format: true, plugin: { select: { slug: true } } },
    resolve: ({ id, ...named }, _args, { app }) =>
      `${app.config.publicUrl ?? ''}/packages/${id}/${packageFileName(named)}`,
  }),
  downloadCount: t.exposeInt('downloadCount', { description: 'Answered downloads, whole or in part.' }),
  installCount: t.exposeInt('installCount', { description: 'Where it is installed now, active or not.' }),
}))

builder.prismaObjectFields('Plugin', (t) => ({
  downloadCount: t.exposeInt('downloadCount', { description: 'Of all its versions.' }),
  installCount: t.exposeInt('installCount', {
    description: 'Where a version of it is installed now, active or not.',
  }),
}))
