import type { Prisma } from '../../generated/prisma/client.ts'

/** Rows that may (still, or once more) be run: those that wait, and those whose run was broken off or refused. */
export const UNENDED: Prisma.InvocationWhereInput = {
  OR: [{ status: { not: 'FINISHED' } }, { outcome: { in: ['CRASHED', 'DENIED'] } }],
}
