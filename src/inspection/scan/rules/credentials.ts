import { entropyOf } from '../entropy.ts'
import type { RuleRun } from '../rule.ts'

/** Formats by which their issuers make them findable; the group is the part that was drawn by chance. */
const FORMATS: readonly { what: string; hints: readonly string[]; pattern: RegExp }[] = [
  {
    what: 'an AWS access key',
    hints: ['AKIA', 'ASIA', 'ABIA', 'ACCA'],
    pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)([A-Z2-7]{16})\b/g,
  },
  {
    what: 'a GitHub token',
    hints: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'],
    pattern: /\bgh[pousr]_([A-Za-z0-9]{36,255})\b/g,
  },
  { what: 'a GitHub token', hints: ['github_pat_'], pattern: /\bgithub_pat_(\w{50,255})\b/g },
  { what: 'a GitLab token', hints: ['glpat-'], pattern: /\bglpat-([\w-]{20,64})\b/g },
  { what: 'a Slack token', hints: ['xox'], pattern: /\bxox[abeoprs]-(\d{6,}-[\w-]{10,250})\b/g },
  { what: 'a Slack token', hints: ['xapp-'], pattern: /\bxapp-\d-([\w-]{20,250})\b/g },
  {
    what: 'a Slack webhook',
    hints: ['hooks.slack.com'],
    pattern: /hooks\.slack\.com\/services\/(T\w{8,12}\/B\w{8,12}\/\w{20,28})/g,
  },
  {
    what: 'a Discord webhook',
    hints: ['/api/webhooks/'],
    pattern: /discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/([\w-]{60,72})/g,
  },
  { what: 'a Stripe key', hints: ['_live_'], pattern: /\b[sr]k_live_([A-Za-z0-9]{16,247})\b/g },
  { what: 'a Google API key', hints: ['AIza'], pattern: /\bAIza([\w-]{35})(?![\w-])/g },
  { what: 'a Google OAuth secret', hints: ['GOCSPX-'], pattern: /\bGOCSPX-([\w-]{28})(?![\w-])/g },
  { what: 'an npm token', hints: ['npm_'], pattern: /\bnpm_([A-Za-z0-9]{36})\b/g },
  { what: 'a PyPI token', hints: ['pypi-'], pattern: /\bpypi-AgEIcHlwaS5vcmc([\w-]{50,250})/g },
  { what: 'an Anthropic key', hints: ['sk-ant-'], pattern: /\bsk-ant-(?:api|admin)\d\d-([\w-]{80,120})/g },
  {
    what: 'an OpenAI key',
    hints: ['T3BlbkFJ'],
    pattern: /\bsk-(?:proj-|svcacct-|admin-)?([\w-]{20,90}T3BlbkFJ[\w-]{20,90})/g,
  },
  { what: 'a SendGrid key', hints: ['SG.'], pattern: /\bSG\.([\w-]{22}\.[\w-]{43})(?![\w-])/g },
  { what: 'a Twilio key', hints: ['SK'], pattern: /\bSK([0-9a-f]{32})\b/g },
  { what: 'a Telegram bot token', hints: [':AA'], pattern: /\b\d{8,10}:(AA[\w-]{33})(?![\w-])/g },
  {
    what: 'a Shopify token',
    hints: ['shpat_', 'shpca_', 'shppa_', 'shpss_'],
    pattern: /\bshp(?:at|ca|pa|ss)_([0-9a-fA-F]{32})\b/g,
  },
  { what: 'a DigitalOcean token', hints: ['_v1_'], pattern: /\bdo[opr]_v1_([0-9a-f]{64})\b/g },
  { what: 'a Hugging Face token', hints: ['hf_'], pattern: /\bhf_([A-Za-z]{34})\b/g },
  { what: 'an Azure storage key', hints: ['AccountKey='], pattern: /\bAccountKey=([A-Za-z0-9+/]{86}==)/g },
  {
    what: 'an Azure shared access signature',
    hints: ['sig='],
    pattern: /[?&]sv=\d{4}-\d\d-\d\d&[^\s"'`]{0,300}?\bsig=([A-Za-z0-9%+/]{40,80})/g,
  },
  { what: 'a Patchbay API key', hints: ['pbk_'], pattern: /\bpbk_\w{8}_([\w-]{43})(?![\w-])/g },
  {
    what: 'a private key',
    hints: ['PRIVATE KEY'],
    pattern:
      /-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY(?: BLOCK)?-----(?:\\[rn]|["'`+\s])*((?:[A-Za-z0-9+/]|\\[rn]|["'`+\s]){64,200})/g,
  },
  {
    what: 'a JSON web token',
    hints: ['eyJ'],
    // From where a word begins, and not without end: files of encoded JSON are words of megabytes.
    pattern: /(?<![\w-])eyJ[\w-]{10,4000}\.eyJ[\w-]{10,10000}\.([\w-]{20,1000})/g,
  },
  {
    what: 'a password in a URL',
    hints: ['://'],
    pattern:
      /\b(?:https?|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqps?|ftp):\/\/[^\s:/@"'`${}<>]{1,60}:([^\s:/@"'`${}<>]{6,80})@[\w-]/g,
  },
]
/** Any of the hints: one pass of 6 ms over 3.4 MB instead of 35 of 25 ms. */
const ANY_HINT = new RegExp(
  FORMATS.flatMap(({ hints }) => hints.filter((hint) => hint !== '://'))
    .join('|')
    .replaceAll('.', String.raw`\.`),
)
/** Bits a character of the part by chance; words of examples (`xxxx`, `your-token-here`) have less. */
const MIN_ENTROPY = 2.8
/** Also the key of Azure's emulator, which is the same for everybody. */
const EXAMPLE = /Eby8vdM02xNO|example|sample|placeholder|your|dummy|secret|passw|changeme|x{4}|0{6}|1234567/i
const MAX_TOLD_A_FORMAT = 5

/** Keys and tokens in the formats of well-known services, in every text file. The key itself is not repeated. */
export function credentials(): RuleRun {
  return {
    text: ({ text }, tell) => {
      const hasHint = ANY_HINT.test(text)
      for (const { what, hints, pattern } of FORMATS) {
        if (!hasHint && !hints.includes('://')) continue
        if (!hints.some((hint) => text.includes(hint))) continue
        let told = 0
        for (const { 1: drawn = '', index } of text.matchAll(pattern)) {
          if (EXAMPLE.test(drawn) || entropyOf(drawn) < MIN_ENTROPY) continue
          tell(
            { start: index },
            `${what[0]!.toUpperCase()}${what.slice(1)} stands here, for everybody who gets the package. Revoke it, and declare it in "secrets" of the manifest.`,
          )
          told += 1
          if (told === MAX_TOLD_A_FORMAT) break
        }
      }
    },
    module: (_file, tell) => ({
      // Put together from pieces, so that nobody finds it.
      BinaryExpression: (node, { origins, scope, ancestors }) => {
        if (node.operator !== '+' || ancestors.at(-1)?.type === 'BinaryExpression') return
        const text = origins.text(node, scope)
        if (text === null || text.length < 20) return
        for (const { what, pattern } of FORMATS) {
          const drawn = text.matchAll(pattern).next().value?.[1]
          if (drawn === undefined || EXAMPLE.test(drawn) || entropyOf(drawn) < MIN_ENTROPY) continue
          tell(node, `The pieces make up ${what}. Revoke it, and declare it in "secrets" of the manifest.`)
        }
      },
    }),
  }
}
