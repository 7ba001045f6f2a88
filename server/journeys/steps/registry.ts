import type { JourneyStep } from '../../../shared/journeys.ts'
import { askCondition, waitForCondition } from './ask-condition.ts'
import { callWebhook } from './call-webhook.ts'
import { changeSegment } from './change-segment.ts'
import { addTag, removeTag } from './change-tags.ts'
import { changeTopic } from './change-topic.ts'
import { computeField } from './compute-field.ts'
import { assignManager } from './assign-manager.ts'
import { createLead } from './create-lead.ts'
import { createTask } from './create-task.ts'
import { createDeal, moveDeal } from './deals.ts'
import { end } from './end.ts'
import { giveCoupon } from './give-coupon.ts'
import { goTo } from './go-to.ts'
import { holdOut } from './hold-out.ts'
import { notifyUser } from './notify-user.ts'
import { leaveOtherJourney, startJourney } from './other-journeys.ts'
import { sendMail } from './send-mail.ts'
import { setField } from './set-field.ts'
import { splitByValue } from './split-by-value.ts'
import { splitRandom } from './split-random.ts'
import type { AdvanceStep } from './step.ts'
import { waitUntilMoment } from './wait-until.ts'
import { advanceWait } from './wait.ts'
import { advanceWaitForEvent } from './wait-for-event.ts'

/** What each kind of step does with the people who stand at it. */
export const steps: { [Kind in JourneyStep['kind']]: AdvanceStep<Kind> } = {
  mail: sendMail,
  wait: advanceWait,
  wait_for_event: advanceWaitForEvent,
  condition: askCondition,
  add_tag: addTag,
  remove_tag: removeTag,
  set_field: setField,
  create_task: createTask,
  notify_user: notifyUser,
  end,
  wait_until: waitUntilMoment,
  wait_for_condition: waitForCondition,
  split_by_value: splitByValue,
  split_random: splitRandom,
  hold_out: holdOut,
  go_to: goTo,
  start_journey: startJourney,
  leave_journey: leaveOtherJourney,
  compute_field: computeField,
  change_topic: changeTopic,
  change_segment: changeSegment,
  create_deal: createDeal,
  move_deal: moveDeal,
  create_lead: createLead,
  assign_manager: assignManager,
  call_webhook: callWebhook,
  give_coupon: giveCoupon,
}

/** Steps that change cards, sales or other systems: a test run only says that they would. */
export const actingSteps: ReadonlySet<JourneyStep['kind']> = new Set([
  'add_tag', 'remove_tag', 'set_field', 'compute_field', 'change_topic', 'change_segment', 'start_journey', 'leave_journey',
  'create_deal', 'move_deal', 'create_lead', 'assign_manager', 'create_task', 'notify_user', 'call_webhook', 'give_coupon',
])
