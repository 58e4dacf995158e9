import { DeliveryStatus } from '../generated/prisma/enums.ts'
import { builder } from './builder.ts'

/** How far something is on its way: an event to a plugin's handler, or a webhook to its address. */
export const DeliveryStatusEnum = builder.enumType('DeliveryStatus', {
  values: Object.values(DeliveryStatus),
})
