import type { Preflight, PreflightIssue } from '../../shared/campaigns.ts'
import type { MailLocale } from '../../shared/templates.ts'
import type { App } from '../base/app.ts'
import { readCompany, readSetting } from '../company/company.sql.ts'
import { listSendingDomains } from '../delivery/sending-domains.sql.ts'
import { countSendersInUse } from '../delivery/senders.sql.ts'
import { smtpAddress } from '../delivery/smtp-address.ts'
import { readSmtp } from '../delivery/transport.ts'
import { countDecisions, listDecided } from '../messages/plan-messages.sql.ts'
import { compileTemplate } from '../templates/compile-template.ts'
import { findMessageProblems, findProblems } from '../templates/find-problems.ts'
import { loadVersions } from '../templates/mail-data.sql.ts'
import { renderMail } from '../templates/render-mail.ts'
import { listCustomFields } from '../templates/templates.sql.ts'
import { loadMailData } from '../tracking/load-mail-data.ts'
import type { CampaignRow } from './campaigns.sql.ts'

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

/** Who would get it, who not and why, and what would look wrong in the mails. `most`: at most so many mails are rendered. */
export async function runPreflight(app: App, campaign: CampaignRow, reader: MailLocale, most: number): Promise<Preflight> {
  const decisions = campaign.segment_id === null ? [] : await countDecisions(app.db, campaign.segment_id, campaign.topic_id)
  const willGet = decisions.find(row => row.reason === null)?.count ?? 0
  const issues = findBlocks(campaign)
  const sender = await checkSender(app, issues)
  const mail = campaign.current_version_id === null ? { rendered: 0, with_problems: 0, problems: [], examples: [] } : await checkMails(app, campaign, campaign.template_version_id ?? campaign.current_version_id, reader, most)
  const errors = mail.problems.filter(problem => problem.level === 'error').length
  const warnings = mail.problems.filter(problem => problem.level === 'warning').length
  if (errors > 0) issues.push({ level: 'warning', code: 'mail_errors', detail: String(errors) })
  else if (warnings > 0 || mail.with_problems > 0) issues.push({ level: 'warning', code: 'mail_warnings', detail: String(Math.max(warnings, mail.with_problems)) })
  if (campaign.segment_id !== null && campaign.topic_id !== null && willGet === 0) issues.push({ level: 'blocking', code: 'nobody', detail: null })
  return {
    audience: decisions.reduce((sum, row) => sum + row.count, 0), will_get: willGet,
    skipped: decisions.flatMap(row => row.reason === null ? [] : [{ reason: row.reason, count: row.count }]),
    mail, sender, issues, ready: !issues.some(issue => issue.level === 'blocking'),
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

async function checkMails(app: App, campaign: CampaignRow, versionId: number, reader: MailLocale, most: number): Promise<Preflight['mail']> {
  const version = (await loadVersions(app.db, [versionId])).get(versionId)
  if (!version) return { rendered: 0, with_problems: 0, problems: [], examples: [] }
  const customFields = (await listCustomFields(app.db)).map(field => field.key)
  const problems = new Map<string, { level: string, message: string }>()
  for (const locale of Object.keys(version.document.locales) as MailLocale[]) {
    const compiled = await compileTemplate(version, locale)
    for (const { level, message } of findProblems({ document: version.document, kind: version.kind, locale, compiled, reader, customFields })) if (level !== 'info') problems.set(message, { level, message })
  }
  const examples: Preflight['mail']['examples'] = []
  let rendered = 0
  let wrong = 0
  let after = 0
  while (campaign.segment_id !== null && rendered < most) {
    const people = await listDecided(app.db, campaign.segment_id, campaign.topic_id, null, after, Math.min(500, most - rendered))
    if (people.length === 0) break
    after = people.at(-1)!.id
    const loaded = await loadMailData(app, app.db, people.map(person => ({ contact_id: person.id, id: 0, kind: 'test', template_version_id: versionId, context: {} })))
    for (const [index, data] of loaded.entries()) {
      const person = people[index]!
      rendered++
      if (!data) continue
      let found: string[]
      try {
        found = findMessageProblems(data.compiled, data.scope, renderMail(data.compiled, data), reader)
      } catch (error) {
        found = [error instanceof Error ? error.message : String(error)]
      }
      if (found.length === 0) continue
      wrong++
      if (examples.length < 20) examples.push({ contact_id: person.id, name: person.name || person.email || `#${person.id}`, problems: found })
    }
  }
  return { rendered, with_problems: wrong, problems: [...problems.values()].slice(0, 50), examples }
}
