import { relatedConnection } from '../../graphql/connection.ts'
import { visibleInstallations } from './policy.ts'

relatedConnection('License', 'installations', {
  description: 'What runs, or ran, by it, at the sites that you may see.',
  node: 'Installation',
  model: 'installation',
  ofParent: (licenseId) => ({ licenseId }),
  where: (_args, { actor }) => visibleInstallations(actor),
})
