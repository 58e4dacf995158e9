import { z } from 'zod'
import { checkInput, prose } from '../../lib/check-input.ts'

const Input = z.object({ reason: prose })

/** The reason that whoever takes a licence away must give. */
export function givenReason(reason: string | undefined): string {
  return checkInput(Input, { reason: reason ?? '' }).reason
}
