import type { Preflight, PreflightIssue } from '../../shared/campaigns.ts'
import type { MailLocale, MailProblem } from '../../shared/templates.ts'
import type { App } from '../base/app.ts'
import { readCompany, readSetting } from '../company/company.sql.ts'
import { listSendingDomains } from '../delivery/sending-domains.sql.ts'
import { countSendersInUse } from '../delivery/senders.sql.ts'
import { smtpAddress } from '../delivery/smtp-address.ts'
import { readSmtp } from '../delivery/transport.ts'
import { countDecisions } from '../messages/plan-messages.sql.ts'
import { compileTemplate } from '../templates/compile-template.ts'
import { findProblems } from '../templates/find-problems.ts'
import { loadVersions } from '../templates/mail-data.sql.ts'
import { listCustomFields } from '../templates/templates.sql.ts'
import type { CampaignRow } from './campaigns.sql.ts'
import { findCheck } from './mail-checks.sql.ts'
import { countBlocking } from './settle-checks.ts'

/** Mailboxes whose owners' domains forbid others to send for them (DMARC p=reject or quarantine). */
const freeMail = new Set(['gmail.com', 'googlemail.com', 'yahoo.com', 'outlook.com', 'hotmail.com', 'live.com', 'icloud.com', 'aol.com', 'mail.ru', 'bk.ru', 'list.ru', 'inbox.ru', 'yandex.ru', 'yandex.com', 'ya.ru', 'rambler.ru', 'gmx.de', 'gmx.net', 'web.de', 'proton.me'])

/** What stands in the way before anything is counted: cheap, asked again when sending is pressed. */
export function findBlocks(campaign: CampaignRow): PreflightIssue[] {
  const issues: PreflightIssue[] = []
  const block = (code: PreflightIssue['code'], detail: string | null = null) => issues.push({ level: 'blocking', code, detail })
  if (campaign.template_id === null) block('no_template')
  else if (campaign.template_archived) block('template_archived', campaign.template_name)
  else if (campaign.template_kind !== 'marketing') block('template_not_marketing', campaign.template_name)
  if (campaign.segment_id === null) block('no_segment')
  else if (campaign.segment_state === 'computing') block('segment_computing', campaign.segment_name)
  if (campaign.topic_id === null) block('no_topic')
  return issues
}

/** Who would get it, who not and why, what is wrong with the mail itself, and whether looking at each of the mails has shown what nobody should get. */
export async function runPreflight(app: App, campaign: CampaignRow, reader: MailLocale): Promise<Preflight> {
  const decisions = campaign.segment_id === null ? [] : await countDecisions(app.db, campaign.segment_id, campaign.topic_id)
  const willGet = decisions.find(row => row.reason === null)?.count ?? 0
  const issues = findBlocks(campaign)
  const sender = await checkSender(app, issues)
  const problems = campaign.current_version_id === null ? [] : await findMailProblems(app, campaign.template_version_id ?? campaign.current_version_id, reader)
  const errors = problems.filter(problem => problem.level === 'error').length
  if (errors > 0) issues.push({ level: 'warning', code: 'mail_errors', detail: String(errors) })
  else if (problems.length > 0) issues.push({ level: 'warning', code: 'mail_warnings', detail: String(problems.length) })
  const check = await findCheck(app.db, campaign.id, app.now())
  if (check?.state === 'done' && check.stale === null) {
    const mails = await countBlocking(app.db, check)
    if (mails > 0) issues.push({ level: 'blocking', code: 'mail_faults', detail: String(mails) })
  }
  if (campaign.segment_id !== null && campaign.topic_id !== null && willGet === 0) issues.push({ level: 'blocking', code: 'nobody', detail: null })
  return {
    audience: decisions.reduce((sum, row) => sum + row.count, 0), will_get: willGet,
    skipped: decisions.flatMap(row => row.reason === null ? [] : [{ reason: row.reason, count: row.count }]),
    problems, sender, issues, ready: !issues.some(issue => issue.level === 'blocking'),
  }
}

async function checkSender(app: App, issues: PreflightIssue[]): Promise<Preflight['sender']> {
  const company = await readCompany(app.db)
  const domain = smtpAddress(company.sender_email)?.domain ?? null
  const smtp = await readSmtp(app)
  const key = (await listSendingDomains(app.db)).find(each => each.domain === domain)
  const status = await readSetting<{ state: string, message: string | null } | null>(app.db, 'smtp_status')
  if (domain === null) issues.push({ level: 'blocking', code: 'no_sender', detail: company.sender_email })
  const senders = await countSendersInUse(app.db)
  const leaves = smtp !== null || senders.marketing > 0
  if (!leaves) issues.push({ level: 'info', code: 'test_mailbox', detail: null })
  else {
    if (senders.marketing === 0 && status?.state === 'down') issues.push({ level: 'warning', code: 'server_down', detail: status.message })
    if (domain !== null && freeMail.has(domain)) issues.push({ level: 'warning', code: 'free_mail_sender', detail: domain })
    if (!key) issues.push({ level: 'warning', code: 'unsigned', detail: domain })
    else if (key.verified_at === null) issues.push({ level: 'warning', code: 'record_not_verified', detail: domain })
  }
  if (company.postal_address.trim() === '') issues.push({ level: 'info', code: 'no_postal_address', detail: null })
  return { name: company.sender_name, email: company.sender_email, domain, signed: key !== undefined, verified: key?.verified_at != null, transport: leaves ? 'smtp' : 'test_mailbox' }
}

/** What is wrong with the mail itself, whoever gets it. */
async function findMailProblems(app: App, versionId: number, reader: MailLocale): Promise<MailProblem[]> {
  const version = (await loadVersions(app.db, [versionId])).get(versionId)
  if (!version) return []
  const customFields = (await listCustomFields(app.db)).map(field => field.key)
  const problems = new Map<string, MailProblem>()
  for (const locale of Object.keys(version.document.locales) as MailLocale[]) {
    // One that cannot be made is found, with its reason, when the mails are looked at.
    const compiled = await compileTemplate(version, locale).catch(() => null)
    if (compiled) for (const problem of findProblems({ document: version.document, kind: version.kind, locale, compiled, reader, customFields })) if (problem.level !== 'info') problems.set(problem.message, problem)
  }
  return [...problems.values()].slice(0, 50)
}
