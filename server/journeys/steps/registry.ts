import type { JourneyStep } from '../../../shared/journeys.ts'
import { askCondition } from './ask-condition.ts'
import { addTag, removeTag } from './change-tags.ts'
import { createTask } from './create-task.ts'
import { end } from './end.ts'
import { notifyUser } from './notify-user.ts'
import { sendMail } from './send-mail.ts'
import { setField } from './set-field.ts'
import type { AdvanceStep } from './step.ts'
import { advanceWait } from './wait.ts'
import { advanceWaitForEvent } from './wait-for-event.ts'

/** What each kind of step does with the people who stand at it. */
const notBuilt: AdvanceStep<JourneyStep['kind']> = async people => people.map(() => ({ kind: 'fail', reason: 'not_built' }))
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
  wait_until: notBuilt as AdvanceStep<'wait_until'>,
  wait_for_condition: notBuilt as AdvanceStep<'wait_for_condition'>,
  split_by_value: notBuilt as AdvanceStep<'split_by_value'>,
  split_random: notBuilt as AdvanceStep<'split_random'>,
  hold_out: notBuilt as AdvanceStep<'hold_out'>,
  go_to: notBuilt as AdvanceStep<'go_to'>,
  start_journey: notBuilt as AdvanceStep<'start_journey'>,
  leave_journey: notBuilt as AdvanceStep<'leave_journey'>,
  compute_field: notBuilt as AdvanceStep<'compute_field'>,
  change_topic: notBuilt as AdvanceStep<'change_topic'>,
  change_segment: notBuilt as AdvanceStep<'change_segment'>,
  create_deal: notBuilt as AdvanceStep<'create_deal'>,
  move_deal: notBuilt as AdvanceStep<'move_deal'>,
  create_lead: notBuilt as AdvanceStep<'create_lead'>,
  assign_manager: notBuilt as AdvanceStep<'assign_manager'>,
  call_webhook: notBuilt as AdvanceStep<'call_webhook'>,
  give_coupon: notBuilt as AdvanceStep<'give_coupon'>,
}
