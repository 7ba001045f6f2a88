import { isIP } from 'node:net'
import { XMLParser } from 'fast-xml-parser'
import { z } from 'zod'

export type DmarcRow = { address: string, mails: number, disposition: 'none' | 'quarantine' | 'reject', dkim_aligned: boolean, spf_aligned: boolean, header_from: string, dkim_domain: string | null, spf_domain: string | null }
export type ReadReport = { org_name: string, org_report_id: string, domain: string, begins_at: Date, ends_at: Date, policy: string, rows: DmarcRow[] }
export type ReportFault = 'no_report' | 'too_many_rows' | 'future'

const mostRows = 50_000
const text = (longest: number) => z.coerce.string().transform(value => value.replaceAll('\0', '').trim().slice(0, longest))
const name = text(255).transform(value => value.toLowerCase().replace(/\.$/, ''))
const many = <T extends z.ZodType>(one: T) => z.preprocess(value => value === undefined || value === '' ? [] : [value].flat(), z.array(one))
const result = z.object({ domain: name.optional(), result: text(40).optional() }).loose()
const passOrNot = text(20).optional().transform(value => value?.toLowerCase() === 'pass')

/** RFC 7489, appendix C, as it comes: parts are left out, repeated and misspelt by many who report. */
const feedback = z.object({
  report_metadata: z.object({ org_name: text(255), report_id: text(255), date_range: z.object({ begin: z.coerce.number(), end: z.coerce.number() }) }),
  policy_published: z.object({ domain: name, p: text(20).default('none') }),
  record: many(z.object({
    row: z.object({ source_ip: text(60), count: z.coerce.number().int().min(0).max(1e12), policy_evaluated: z.preprocess(value => value ?? {}, z.object({ disposition: text(20).optional(), dkim: passOrNot, spf: passOrNot })) }),
    identifiers: z.preprocess(value => value ?? {}, z.object({ header_from: name.default('') })),
    auth_results: z.preprocess(value => value === '' || value === undefined ? {} : value, z.object({ dkim: many(result), spf: many(result) })),
  })),
})

const parser = new XMLParser({ ignoreAttributes: true, removeNSPrefix: true, parseTagValue: false, processEntities: true })

/** The report in an XML text, or why it is none. Never throws. */
export function readDmarcReport(xml: string, now: Date): ReadReport | ReportFault {
  // Reports need no document type; with one come entities that expand without end or name files.
  if (/<!(DOCTYPE|ENTITY)/i.test(xml)) return 'no_report'
  let tree: unknown
  try {
    tree = (parser.parse(xml) as { feedback?: unknown }).feedback
  } catch {
    return 'no_report'
  }
  const records = (tree as { record?: unknown } | undefined)?.record
  if (Array.isArray(records) && records.length > mostRows) return 'too_many_rows'
  const parsed = feedback.safeParse(tree)
  if (!parsed.success) return 'no_report'
  const { report_metadata: meta, policy_published: policy, record } = parsed.data
  const { begin, end } = meta.date_range
  if (meta.org_name === '' || meta.report_id === '' || policy.domain === '' || !(begin > 1e9) || end < begin) return 'no_report'
  if (begin * 1000 > now.getTime() + 2 * 86_400_000) return 'future'
  const rows = record.flatMap(({ row, identifiers, auth_results: results }): DmarcRow[] => {
    if (isIP(row.source_ip) === 0 || row.count === 0) return []
    const passed = (list: { domain?: string | undefined, result?: string | undefined }[]) => (list.find(each => each.result?.toLowerCase() === 'pass') ?? list[0])?.domain ?? null
    const disposition = row.policy_evaluated.disposition?.toLowerCase()
    return [{
      address: row.source_ip, mails: row.count, disposition: disposition === 'reject' || disposition === 'quarantine' ? disposition : 'none',
      dkim_aligned: row.policy_evaluated.dkim, spf_aligned: row.policy_evaluated.spf, header_from: identifiers.header_from || policy.domain,
      dkim_domain: passed(results.dkim), spf_domain: passed(results.spf),
    }]
  })
  return { org_name: meta.org_name, org_report_id: meta.report_id, domain: policy.domain, begins_at: new Date(begin * 1000), ends_at: new Date(end * 1000), policy: policy.p.toLowerCase(), rows }
}
