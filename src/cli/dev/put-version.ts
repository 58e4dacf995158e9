import {
  ActivateInstallationDocument,
  ApprovePackageDocument,
  CliInstalledDocument,
  CliSubmitDocument,
  InstallPluginDocument,
  StartReviewDocument,
  UninstallInstallationDocument,
  UpgradeInstallationDocument,
  type CliFindingFragment,
} from '../../../schema/generated/graphql.ts'
import { CliError, EXIT } from '../exit.ts'
import type { Graph } from '../graph/graph.ts'
import { acceptedBy } from './accepted-by.ts'
import type { DevPackage } from './dev-package.ts'
import type { DevSite } from './find-dev-site.ts'

/** What became of one version. */
export interface PutVersion {
  /** Null where it was refused: what ran before runs on. */
  installationId: string | null
  findings: readonly CliFindingFragment[]
}

const ADVICE =
  'On a machine of your own, start the server with PATCHBAY_DEVELOPMENT=true: then who submits may approve, alone.'

/** Brings a version to a site, by the way that every version goes: it is checked, reviewed, installed or upgraded to. */
export async function putVersion(graph: Graph, site: DevSite, made: DevPackage): Promise<PutVersion> {
  const upload = { place: 'variables.input.file', name: `${made.id}.zip`, bytes: made.bytes }
  const input = { file: null, checksum: made.digest }
  const { submitPackage } = await graph.upload(CliSubmitDocument, { input }, upload, () => undefined)
  const findings = submitPackage.validation?.findings ?? []
  if (findings.some(({ severity }) => severity === 'ERROR')) return { installationId: null, findings }
  const submitted = acceptedBy(graph, submitPackage).package!
  await approve(graph, submitted.id)
  const installationId = await install(graph, site, {
    packageId: submitted.id,
    pluginId: submitted.plugin.id,
  })
  return { installationId, findings }
}

async function approve(graph: Graph, packageId: string): Promise<void> {
  const started = await graph.request(StartReviewDocument, { input: { packageId } })
  acceptedBy(graph, started.startReview)
  const { approvePackage } = await graph.request(ApprovePackageDocument, { input: { packageId } })
  const isSelfReview = approvePackage.userErrors.some(({ code }) => code === 'SELF_REVIEW')
  if (!isSelfReview && acceptedBy(graph, approvePackage).package!.status === 'APPROVED') return
  throw new CliError(EXIT.refused, 'SELF_REVIEW', `Nobody but you is there to approve it. ${ADVICE}`)
}

async function install(
  graph: Graph,
  site: DevSite,
  { packageId, pluginId }: { packageId: string; pluginId: string },
): Promise<string> {
  const { installations } = await graph.request(CliInstalledDocument, { siteId: site.id, pluginId })
  const present = installations.nodes[0]
  if (present !== undefined && present.status !== 'FAILED') {
    const { upgradeInstallation } = await graph.request(UpgradeInstallationDocument, {
      input: { installationId: present.id, packageId },
    })
    const { id, status } = acceptedBy(graph, upgradeInstallation).installation!
    return status === 'ACTIVE' ? id : await activate(graph, id)
  }
  if (present !== undefined) {
    const gone = { installationId: present.id, keepData: true }
    acceptedBy(
      graph,
      (await graph.request(UninstallInstallationDocument, { input: gone })).uninstallInstallation,
    )
  }
  const { installPlugin } = await graph.request(InstallPluginDocument, {
    input: { siteId: site.id, packageId },
  })
  return await activate(graph, acceptedBy(graph, installPlugin).installation!.id)
}

async function activate(graph: Graph, installationId: string): Promise<string> {
  const { activateInstallation } = await graph.request(ActivateInstallationDocument, {
    input: { installationId },
  })
  return acceptedBy(graph, activateInstallation).installation!.id
}
