import {
  ApprovePackageDocument,
  CreateApiKeyDocument,
  CreateOrganizationDocument,
  CreateSiteDocument,
  StartReviewDocument,
  type Role,
} from '../../schema/generated/graphql.ts'
import { accepted } from './accepted.ts'
import { graphClient, type GraphClient } from './graph-client.ts'

/** Keys of people with different tasks: nobody approves what he submitted himself. */
export interface Cast {
  admin: GraphClient
  publisher: GraphClient
  reviewer: GraphClient
  operator: GraphClient
  operatorKey: string
  close: () => Promise<void>
}

/** An organization with its sites. */
export interface Stage {
  organizationId: string
  organizationSlug: string
  /** North, south, west. */
  siteIds: string[]
}

/** Makes an organization with three sites. */
export async function setStage(admin: GraphClient, slug: string): Promise<Stage> {
  const made = await admin.request(CreateOrganizationDocument, {
    input: { slug, name: `Organization ${slug}` },
  })
  const organization = accepted(made.createOrganization).organization!
  const siteIds: string[] = []
  for (const site of ['north', 'south', 'west']) {
    const input = {
      organizationId: organization.id,
      slug: site,
      name: `Site ${site}`,
      hostVersion: '2.0.0',
      labels: { env: 'production' },
    }
    siteIds.push(accepted((await admin.request(CreateSiteDocument, { input })).createSite).site!.id)
  }
  return { organizationId: organization.id, organizationSlug: slug, siteIds }
}

/** Makes a publisher, a reviewer and an operator of the organization. */
export async function castRoles(url: string, admin: GraphClient, organizationId: string): Promise<Cast> {
  const keyFor = async (role: Role, scope?: string): Promise<string> => {
    const input = {
      name: `${role.toLowerCase()} of the story`,
      role,
      ...(scope ? { organizationId: scope } : {}),
    }
    return accepted((await admin.request(CreateApiKeyDocument, { input })).createApiKey).secret!
  }
  const publisher = graphClient(url, await keyFor('PUBLISHER'))
  const reviewer = graphClient(url, await keyFor('REVIEWER'))
  const operatorKey = await keyFor('OPERATOR', organizationId)
  const operator = graphClient(url, operatorKey)
  return {
    admin,
    publisher,
    reviewer,
    operator,
    operatorKey,
    close: async () => {
      await Promise.all([publisher.close(), reviewer.close(), operator.close()])
    },
  }
}

/** Reviews and approves a package, by two where its risk is HIGH. Returns its status then. */
export async function review(cast: Pick<Cast, 'reviewer' | 'admin'>, packageId: string): Promise<string> {
  const input = { packageId }
  accepted((await cast.reviewer.request(StartReviewDocument, { input })).startReview)
  const first = accepted((await cast.reviewer.request(ApprovePackageDocument, { input })).approvePackage)
  if (first.package!.status === 'APPROVED') return first.package!.status
  const second = await cast.admin.request(ApprovePackageDocument, { input })
  return accepted(second.approvePackage).package!.status
}
