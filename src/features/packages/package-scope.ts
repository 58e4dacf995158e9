/** Where the audit log tells of a package: in that of whoever's registry holds it. */
export function packageScope(found: {
  id: string
  pluginId: string
  registry: { organizationId: string | null }
}) {
  return { subjectId: found.id, pluginId: found.pluginId, auditedIn: found.registry.organizationId }
}
