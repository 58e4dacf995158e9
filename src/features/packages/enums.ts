import { PackageFormat, PackageStatus, RiskLevel } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'

export const PackageStatusEnum = builder.enumType('PackageStatus', { values: Object.values(PackageStatus) })
export const PackageFormatEnum = builder.enumType('PackageFormat', { values: Object.values(PackageFormat) })
export const RiskLevelEnum = builder.enumType('RiskLevel', { values: Object.values(RiskLevel) })
