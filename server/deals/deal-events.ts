import { toMajor } from '../../shared/money.ts'
import type { WrittenDeal } from './write-deals.sql.ts'

type DealProperties = Record<string, unknown>
export type DealEvent = { type: string, contact_id: number, properties: DealProperties }

/** What a written deal tells the timeline: made or moved, and won or lost when that is news. */
export function dealEvents(deal: WrittenDeal, by: string): DealEvent[] {
  const { contact_id, from_stage_id, from_state, state } = deal
  const properties = propertiesOf(deal, by)
  const made = from_stage_id === null
  const moved = !made && from_stage_id !== deal.stage_id
  return [
    ...(made ? [{ type: 'deal.created', contact_id, properties }] : []),
    ...(moved ? [{ type: 'deal.stage_changed', contact_id, properties: { ...properties, from_stage_id, from_stage: deal.from_stage } }] : []),
    ...(state === 'won' && from_state !== 'won' ? [{ type: 'deal.won', contact_id, properties }] : []),
    ...(state === 'lost' && from_state !== 'lost' ? [{ type: 'deal.lost', contact_id, properties: { ...properties, reason: deal.lost_reason ?? '' } }] : []),
  ]
}

/** A deal stands at its stage longer than the days the stage allows. */
export function staleEvent(deal: WrittenDeal & { days: number }): DealEvent {
  return { type: 'deal.stale', contact_id: deal.contact_id, properties: { ...propertiesOf(deal, 'program'), days: deal.days } }
}

function propertiesOf(deal: WrittenDeal, by: string): DealProperties {
  return {
    deal_id: deal.id, title: deal.title, amount: deal.amount === null ? null : toMajor(deal.amount, deal.currency), currency: deal.currency,
    pipeline_id: deal.pipeline_id, pipeline: deal.pipeline, stage_id: deal.stage_id, stage: deal.stage, by,
  }
}
