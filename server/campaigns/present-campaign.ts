import type { Campaign, LedgerCounts, ReactionCounts } from '../../shared/campaigns.ts'
import { toMajor } from '../../shared/money.ts'
import { type MessageCounts, noMessages } from '../messages/report.sql.ts'
import type { CampaignRow } from './campaigns.sql.ts'
import { stageMails } from './watch-campaigns.ts'

const iso = (date: Date | null) => date?.toISOString() ?? null

export const ledgerOf = (counts: MessageCounts): LedgerCounts => ({
  planned: counts.planned, queued: counts.queued, sending: counts.sending, sent: counts.sent,
  skipped: counts.skipped, failed: counts.failed, bounced: counts.bounced, unknown: counts.unknown,
})

export const reactionsOf = (counts: MessageCounts, currency: string): ReactionCounts => ({
  sent: counts.sent, delivered: counts.delivered, opened: counts.opened, opened_with_machines: counts.opened_with_machines, clicked: counts.clicked, clicked_with_machines: counts.clicked_with_machines,
  unsubscribed: counts.unsubscribed, bounced: counts.bounced, complained: counts.complained, orders: counts.orders, buyers: counts.buyers, revenue: toMajor(counts.revenue, currency),
})

function stageOf({ stages, stage, stage_done_at, audience, state }: CampaignRow): Campaign['stage'] {
  if (!stages || !['planning', 'sending', 'paused'].includes(state)) return null
  const percent = stages.percents[stage]
  return {
    number: stage + 1, of: stages.percents.length + 1, mails: percent === undefined || audience === null ? null : stageMails(audience, percent),
    done_at: iso(stage_done_at), goes_on_at: stage_done_at && stages.by_itself ? new Date(stage_done_at.getTime() + stages.wait_minutes * 60_000).toISOString() : null,
  }
}

export function presentCampaign(row: CampaignRow, counts: MessageCounts = noMessages, currency: string): Campaign {
  return {
    id: row.id, name: row.name, state: row.state,
    template: row.template_id === null ? null : { id: row.template_id, name: row.template_name ?? '' },
    segment: row.segment_id === null ? null : { id: row.segment_id, name: row.segment_name ?? '', members_count: row.members_count ?? 0, state: row.segment_state ?? 'live' },
    topic: row.topic_id === null ? null : { id: row.topic_id, name_en: row.topic_name_en ?? '', name_ru: row.topic_name_ru ?? '' },
    send_at: iso(row.send_at), started_at: iso(row.started_at), planned_at: iso(row.planned_at), finished_at: iso(row.finished_at),
    pace_per_hour: row.pace_per_hour, stages: row.stages, stage: stageOf(row), pause_reason: row.pause_reason, pause_detail: row.pause_detail, is_checked_first: row.state === 'planning' && row.check_first, ignores_caps: row.ignores_caps, ignores_quiet_hours: row.ignores_quiet_hours, ignores_best_hour: row.ignores_best_hour,
    revision: row.revision, created_at: row.created_at.toISOString(), updated_at: row.updated_at.toISOString(), archived_at: iso(row.archived_at),
    ledger: ledgerOf(counts), reactions: reactionsOf(counts, currency), currency,
  }
}
