import { z } from 'zod'
import { personBehindNumber } from '../../shared/campaigns.ts'
import { type FaultCode, mailCheck, mailExample, type MailCheck } from '../../shared/mail-checks.ts'
import type { MailDocument, MailLocale } from '../../shared/templates.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { conflict, invalid, notFound } from '../base/errors.ts'
import { notify, touch } from '../base/live.ts'
import { route } from '../base/route.ts'
import { findPlaces } from '../templates/find-places.ts'
import { loadVersions } from '../templates/mail-data.sql.ts'
import { cancelCheck, findCheck, listFindingPeople, listFindings, mostListed, startCheck } from './mail-checks.sql.ts'
import { findCampaign, type CampaignRow } from './campaigns.sql.ts'
import { showMailOf } from './show-mail.ts'
import { levelOf } from './settle-checks.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })

async function existing(app: App, id: number): Promise<CampaignRow> {
  const found = await findCampaign(app.db, id)
  if (!found) throw notFound('campaign')
  return found
}

const ofSubject = new Set<FaultCode>(['empty_subject', 'long_subject'])
const rank = { blocking: 0, warning: 1, info: 2 }

async function present(app: App, campaign: CampaignRow): Promise<MailCheck> {
  const check = await findCheck(app.db, campaign.id, app.now())
  if (!check) return { state: 'none', stale: null, members: 0, members_seen: 0, mails: 0, mails_with_faults: 0, mails_by_locale: {}, started_at: null, finished_at: null, findings: [], listed: mostListed }
  const document = (await loadVersions(app.db, [check.template_version_id])).get(check.template_version_id)?.document
  const findings = (await listFindings(app.db, campaign.id)).map(finding => ({ ...finding, level: levelOf(finding, check), places: ofSubject.has(finding.code) ? [{ part: 'subject' as const, block_id: null, number: null, kind: null }] : placesOf(document, finding.locale, finding.what) }))
  const { state, stale, members, members_seen, mails, mails_with_faults, mails_by_locale } = check
  return {
    state, stale, members, members_seen, mails, mails_with_faults, mails_by_locale, started_at: check.started_at.toISOString(), finished_at: check.finished_at?.toISOString() ?? null,
    findings: findings.toSorted((one, other) => rank[one.level] - rank[other.level] || other.count - one.count), listed: mostListed,
  }
}

const placesOf = (document: MailDocument | undefined, locale: string, what: string) => document && what !== '' && (locale === 'en' || locale === 'ru') ? findPlaces(document, locale, what) : []

export const show = route({
  summary: 'What was found when the mails of a campaign were rendered for everybody who will get it',
  description: 'While it is under way: what has been found so far. `stale`: something has changed since.',
  params: byId, response: mailCheck,
  handler: async ({ app, params }) => present(app, await existing(app, params.id)),
})

export const start = route({
  summary: 'Render the mail of everybody who would get the campaign and look at each',
  description: 'In the background; goes on after a crash. While one of the same mail and audience is under way it goes on.',
  params: byId, response: mailCheck,
  async handler({ app, params }) {
    await withTransaction(app.db, async tx => {
      const campaign = await findCampaign(tx, params.id, true)
      if (!campaign || campaign.archived_at) throw notFound('campaign')
      if (campaign.state !== 'draft' && campaign.state !== 'scheduled') throw conflict('already_sending', 'The campaign is being sent or has been sent.')
      if (campaign.template_id === null || campaign.segment_id === null) throw invalid([...campaign.template_id === null ? [{ field: 'template_id', message: 'choose the mail' }] : [], ...campaign.segment_id === null ? [{ field: 'segment_id', message: 'choose whom it goes to' }] : []])
      const check = await findCheck(tx, campaign.id, app.now())
      if (check?.state === 'running' && check.stale === null) return
      await startCheck(tx, campaign.id, false, app.now())
      await touch(tx, `campaign:${campaign.id}`)
      await notify(tx, 'campaigns')
    })
    return present(app, await existing(app, params.id))
  },
})

export const cancel = route({
  summary: 'Stop looking at the mails of a campaign',
  description: 'What was found so far stays. One that the sending waits for is not stopped: pause the campaign.',
  params: byId, response: mailCheck,
  async handler({ app, params }) {
    const campaign = await existing(app, params.id)
    if (campaign.state === 'planning' && campaign.check_first) throw conflict('waited_for', 'The campaign waits for this. Pause the campaign.')
    if (await cancelCheck(app.db, campaign.id, app.now())) await touch(app.db, `campaign:${campaign.id}`)
    return present(app, campaign)
  },
})

export const people = route({
  summary: 'The people behind a finding',
  description: 'The first ten thousand by contact.',
  params: byId, query: z.object({ finding: z.coerce.number().int().positive(), cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  response: z.object({ data: z.array(personBehindNumber), next_cursor: z.string().nullable() }),
  async handler({ app, params, query }) {
    await existing(app, params.id)
    const after = query.cursor === undefined ? 0 : Number(Buffer.from(query.cursor, 'base64url').toString())
    if (!Number.isSafeInteger(after) || after < 0) throw invalid([{ field: 'cursor', message: 'is not one of ours; begin again without it' }])
    const found = await listFindingPeople(app.db, params.id, query.finding, after, query.limit + 1)
    const page = found.slice(0, query.limit)
    return { data: page.map(person => ({ ...person, at: null, note: null })), next_cursor: found.length > query.limit ? Buffer.from(String(page.at(-1)!.id)).toString('base64url') : null }
  },
})

export const example = route({
  summary: 'The mail of a campaign as one person would see it, with what is amiss in it',
  description: 'With `finding` its place is marked.',
  params: z.object({ id: z.coerce.number().int().positive(), contact_id: z.coerce.number().int().positive() }), query: z.object({ finding: z.coerce.number().int().positive().optional() }), response: mailExample,
  async handler({ app, params, query, actor }) {
    const campaign = await existing(app, params.id)
    const reader: MailLocale = actor.kind === 'user' ? actor.locale : 'en'
    return showMailOf(app, campaign, params.contact_id, query.finding ?? null, reader)
  },
})
