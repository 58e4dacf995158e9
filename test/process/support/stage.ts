import {
  CreateOrganizationDocument,
  CreateSiteDocument,
  InvocationsDocument,
  RunJobDocument,
  type InvocationsQuery,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import type { GraphClient } from '../../../scripts/lib/graph-client.ts'

export type InvocationRow = InvocationsQuery['invocations']['nodes'][number]

/** Makes an organization with sites of these slugs. Returns the sites' ids. */
export async function makeSites(admin: GraphClient, ...slugs: string[]): Promise<string[]> {
  return await makeSitesOf(admin, await makeOrganization(admin), ...slugs)
}

/** Returns its id. */
export async function makeOrganization(admin: GraphClient): Promise<string> {
  const made = await admin.request(CreateOrganizationDocument, { input: { slug: 'acme', name: 'Acme' } })
  return accepted(made.createOrganization).organization!.id
}

/** Makes sites of these slugs. Returns their ids. */
export async function makeSitesOf(
  admin: GraphClient,
  organizationId: string,
  ...slugs: string[]
): Promise<string[]> {
  const ids: string[] = []
  for (const slug of slugs) {
    const input = { organizationId, slug, name: slug, hostVersion: '2.0.0' }
    const { createSite } = await admin.request(CreateSiteDocument, { input })
    ids.push(accepted(createSite).site!.id)
  }
  return ids
}

/** Puts the slow plugin's job into the queue. Returns the invocation's id. */
export async function queueJob(admin: GraphClient, installationId: string, ms: number): Promise<string> {
  const input = { installationId, job: 'work', payload: { ms }, wait: false }
  return accepted((await admin.request(RunJobDocument, { input })).runJob).invocation!.id
}

/** The runs of jobs, the newest first. */
export async function jobRuns(admin: GraphClient): Promise<InvocationRow[]> {
  return (await admin.request(InvocationsDocument, { kind: ['JOB'], first: 20 })).invocations.nodes
}
