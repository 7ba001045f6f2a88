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
}
