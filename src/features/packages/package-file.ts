import type { PackageFormat } from '../../generated/prisma/enums.ts'

/** What of a package its file is named by. */
interface NamedPackage {
  version: string
  format: PackageFormat
  plugin: { slug: string }
}

/** The name under which an archive is downloaded, e.g. `welcome-email-1.0.0.zip`; of letters, digits, `-`, `.` and `+` only. */
export function packageFileName({ plugin, version, format }: NamedPackage): string {
  return `${plugin.slug}-${version}.${format.toLowerCase()}`
}
