import type { JourneyStep } from '../../shared/journeys.ts'
import type { StepKind } from './graph.ts'

/** A step as it is put into a journey: usable where that can be guessed, and marked by findProblems where it cannot. */
export function blankStep(kind: StepKind): JourneyStep {
  const days = (amount: number) => ({ amount, unit: 'days' as const })
  switch (kind) {
    case 'mail': return { kind, template_id: null, topic_id: null, next: null }
    case 'wait': return { kind, duration: days(1), next: null }
    case 'wait_for_event': return { kind, event: 'email.clicked', mail_step: null, timeout: days(2), next: null, next_timeout: null }
    case 'condition': return { kind, condition: { all: [] }, next_yes: null, next_no: null }
    case 'add_tag': case 'remove_tag': return { kind, tag_id: null, next: null }
    case 'set_field': return { kind, field: '', value: '', next: null }
    case 'create_task': return { kind, title: '', due_in: days(1), assignee: 'owner', next: null }
    case 'notify_user': return { kind, user: 'owner', text: '', next: null }
    case 'wait_until': return { kind, until: { weekdays: [1], at: '10:00' }, next: null }
    case 'wait_for_condition': return { kind, condition: { all: [] }, timeout: days(7), next: null, next_timeout: null }
    case 'split_by_value': return { kind, field: '', cases: [], next_else: null }
    case 'split_random': return { kind, ways: [{ key: 'a', name: 'A', weight: 50, next: null }, { key: 'b', name: 'B', weight: 50, next: null }], winner: null }
    case 'hold_out': return { kind, percent: 10, next: null, next_held: null }
    case 'go_to': return { kind, to: null, most_times: 3, next: null }
    case 'start_journey': case 'leave_journey': return { kind, journey_id: null, next: null }
    case 'compute_field': return { kind, field: '', operation: 'add', amount: 1, next: null }
    case 'change_topic': return { kind, topic_id: null, action: 'withdraw', wording: '', next: null }
    case 'change_segment': return { kind, segment_id: null, action: 'add', next: null }
    case 'create_deal': return { kind, pipeline_id: null, stage_id: null, title: '', amount: null, owner: 'owner', next: null }
    case 'move_deal': return { kind, pipeline_id: null, stage_id: null, next: null }
    case 'create_lead': return { kind, label: '', next: null }
    case 'assign_manager': return { kind, rule: { kind: 'round_robin', users: [] }, replace: false, next: null }
    case 'call_webhook': return { kind, url: '', body: '', save: [], next: null }
    case 'give_coupon': return { kind, pool_id: null, next: null }
    case 'end': return { kind }
  }
}
