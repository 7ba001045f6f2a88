import type { Deal, Stage, StageRequirement } from '../../shared/deals.ts'

/** What the stage asks for and the deal does not have yet. */
export function lackingFields(stage: Stage, deal: Deal): StageRequirement[] {
  const has: Record<StageRequirement, unknown> = { amount: deal.amount, owner_id: deal.owner, expected_on: deal.expected_on, next_step: deal.next_step, lost_reason: deal.lost_reason }
  return stage.required_fields.filter(field => has[field] === null || has[field] === '')
}

/** Whether the move wants a dialog first: something is lacking, or a loss wants its reason. */
export const asksFirst = (stage: Stage, deal: Deal): boolean => stage.kind === 'lost' || lackingFields(stage, deal).length > 0
