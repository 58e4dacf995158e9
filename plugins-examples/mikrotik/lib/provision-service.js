import { allocate } from './allocate.js'
import { findRouter } from './find-router.js'
import { readService } from './read-service.js'
import { refusal } from './refusal.js'

/**
 * Handles the hook `service_provision`: says what the service gets and what to run on the router for it. It keeps no
 * state: what is taken comes with the payload, and the host writes down what it is given.
 *
 * @param {object} ctx
 * @param {unknown} payload see {@link readService}
 * @returns {object} `{ serviceId, router, port, address, gateway, plan, maxLimit, commands }`
 * @throws {PluginError} which stops the workflow; the codes are those of {@link refusal}
 */
export function provisionService(ctx, payload) {
  const service = readService(payload)
  const router = findRouter(ctx.settings, service.router)
  const plan = findPlan(ctx.settings, router, service.plan)
  const { port, address, gateway, bits } = allocate(router, service)
  // RouterOS writes upload before download.
  const maxLimit = `${plan.upMbit}M/${plan.downMbit}M`
  const name = `svc-${service.id}`
  ctx.log.info(`service ${service.id}: ${router.name} ${port}, plan ${plan.name}`)
  return {
    serviceId: service.id,
    router: router.name,
    port,
    address: `${address}/${bits}`,
    gateway,
    plan: plan.name,
    maxLimit,
    commands: [
      `/interface set [find name="${port}"] disabled=no comment="${name}"`,
      `/ip arp add address=${address} interface="${port}" comment="${name}"`,
      `/queue simple add name="${name}" target=${address}/32 max-limit=${maxLimit}`,
    ],
  }
}

function findPlan(settings, router, name) {
  const plan = settings.plans.find((candidate) => candidate.name === name)
  const carried = router.plans ?? settings.plans.map((candidate) => candidate.name)
  if (plan === undefined || !carried.includes(name)) {
    throw refusal('PLAN_UNSUPPORTED', `${router.name} cannot carry the plan ${JSON.stringify(name)}.`, {
      plans: carried,
    })
  }
  return plan
}
