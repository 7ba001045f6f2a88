import type { MailExample } from '../../shared/mail-checks.ts'
import type { MailLocale } from '../../shared/templates.ts'
import type { App } from '../base/app.ts'
import { notFound } from '../base/errors.ts'
import { findFaults } from '../templates/find-faults.ts'
import { loadVersions } from '../templates/mail-data.sql.ts'
import { markFault } from '../templates/mark-fault.ts'
import { withPictures } from '../templates/preview-mail.ts'
import { renderHoles, renderMail } from '../templates/render-mail.ts'
import { loadMailData } from '../tracking/load-mail-data.ts'
import type { CampaignRow } from './campaigns.sql.ts'
import { findFinding } from './mail-checks.sql.ts'

const nothing = { en: 'nothing stands here', ru: 'здесь пусто' }
const cutHere = { en: 'Gmail cuts the mail off here', ru: 'здесь Gmail обрежет письмо' }

/** The mail of a campaign as one person would see it: links as they are and counted by nobody, the place of a finding marked. */
export async function showMailOf(app: App, campaign: CampaignRow, contactId: number, findingId: number | null, reader: MailLocale): Promise<MailExample> {
  const versionId = campaign.template_version_id ?? campaign.current_version_id
  if (versionId === null) throw notFound('mail')
  const finding = findingId === null ? null : await findFinding(app.db, campaign.id, findingId)
  if (finding === undefined) throw notFound('finding')
  let broken: unknown = null
  const mail = (kind: string) => ({ contact_id: contactId, id: 0, kind, template_version_id: versionId, context: {} })
  // Of a test mail nothing is counted; what it weighs is told by the one that would be sent.
  const [data, sent] = await loadMailData(app, app.db, [mail('test'), mail('campaign')], (_index, error) => { broken = error })
  if (!data && broken === null) throw notFound('contact')
  const words = (error: unknown) => error instanceof Error ? error.message : String(error)
  const about = { contact_id: contactId, name: data?.to_name || data?.to_email || `#${contactId}`, to_name: data?.to_name ?? '', to_email: data?.to_email ?? null, locale: data?.locale ?? '' }
  const failed = (error: unknown): MailExample => ({ ...about, subject: '', html: '', text: '', kilobytes: 0, error: words(error), marked: 'none', faults: [{ code: 'render_failed', what: '', words: words(error).slice(0, 200) }] })
  if (!data || !sent) return failed(broken)
  try {
    const holes = renderHoles(data.compiled, data)
    const version = (await loadVersions(app.db, [versionId])).get(versionId)
    const { html, marked } = markFault(data.compiled, holes, finding, finding?.code === 'clipped' ? cutHere[reader] : nothing[reader])
    const variant = version?.document.locales[data.locale]
    return {
      ...about, subject: holes.subject, html: variant ? await withPictures(app.db, variant, html) : html, text: renderMail(data.compiled, data).text,
      kilobytes: Math.ceil(Buffer.byteLength(renderMail(sent.compiled, sent).html) / 1024), error: null, marked, faults: findFaults(sent.compiled, sent, renderHoles(sent.compiled, sent), Object.keys(version?.document.locales ?? {})),
    }
  } catch (error) {
    return failed(error)
  }
}
