import {
  CreateApiKeyDocument,
  CreateRegistryDocument,
  StartReviewDocument,
  ApprovePackageDocument,
  SubmitPackageDocument,
  type CreateRegistryInput,
  type Role,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { setStage, type Stage } from '../../../scripts/lib/cast.ts'
import type { TestServer } from '../../support/server.ts'
import { zipOf } from '../../support/stage.ts'

/** An organization with sites, and a key of each role in it. */
export interface Tenant extends Stage {
  as: Record<Role, GraphClient>
  close: () => Promise<void>
}

const ROLES: Role[] = ['VIEWER', 'OPERATOR', 'ADMIN', 'PUBLISHER', 'REVIEWER']

/** A key of each role, in an organization or on the whole platform. */
export async function keysOf(
  server: TestServer,
  admin: GraphClient,
  organizationId?: string,
): Promise<Record<Role, GraphClient>> {
  const made = await Promise.all(
    ROLES.map(async (role) => {
      const input = { name: role, role, ...(organizationId ? { organizationId } : {}) }
      const { createApiKey } = await admin.request(CreateApiKeyDocument, { input })
      return [role, graphClient(server.url, accepted(createApiKey).secret!)] as const
    }),
  )
  return Object.fromEntries(made) as Record<Role, GraphClient>
}

/** Makes an organization. */
export async function openTenant(server: TestServer, admin: GraphClient, slug: string): Promise<Tenant> {
  const stage = await setStage(admin, slug)
  const as = await keysOf(server, admin, stage.organizationId)
  return {
    ...stage,
    as,
    close: async () => {
      await Promise.all(Object.values(as).map((client) => client.close()))
    },
  }
}

/** Makes a registry. Returns its global id. */
export async function makeRegistry(by: GraphClient, input: CreateRegistryInput): Promise<string> {
  return accepted((await by.request(CreateRegistryDocument, { input })).createRegistry).registry!.id
}

/** Submits to a registry; the payload may be a refusal. */
export async function submitTo(
  by: GraphClient,
  registryId: string | undefined,
  change: Record<string, unknown>,
) {
  const input = { file: zipOf(change), ...(registryId === undefined ? {} : { registryId }) }
  return (await by.request(SubmitPackageDocument, { input })).submitPackage
}

/** Takes into review and approves. */
export async function approveAs(by: GraphClient, packageId: string): Promise<void> {
  accepted((await by.request(StartReviewDocument, { input: { packageId } })).startReview)
  accepted((await by.request(ApprovePackageDocument, { input: { packageId } })).approvePackage)
}
