import { IconArrowBackUpDouble, IconArrowsSplit, IconArrowsSplit2, IconBell, IconBolt, IconBriefcase, IconCalculator, IconCalendarEvent, IconCalendarTime, IconChecklist, IconClock, IconDoorExit, IconEar, IconFilter, IconFlag, IconForms, IconHandClick, IconHandStop, IconHourglass, IconListDetails, IconMail, IconMailCog, IconMoodPlus, IconPencil, IconPlayerPlay, IconProgressCheck, IconTag, IconTagOff, IconTicket, IconUserCheck, IconUsersGroup, IconWebhook } from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'
import type { JourneyTrigger } from '../../shared/journeys.ts'
import type { StepKind } from './graph.ts'

export type Look = { icon: Icon, color: string }

/** What a step is told by at a glance. */
export const stepLook: Record<StepKind, Look> = {
  mail: { icon: IconMail, color: 'pine' },
  notify_user: { icon: IconBell, color: 'pine' },
  give_coupon: { icon: IconTicket, color: 'pine' },
  wait: { icon: IconClock, color: 'amber' },
  wait_until: { icon: IconCalendarTime, color: 'amber' },
  wait_for_event: { icon: IconEar, color: 'amber' },
  wait_for_condition: { icon: IconHourglass, color: 'amber' },
  condition: { icon: IconArrowsSplit2, color: 'indigo' },
  split_by_value: { icon: IconListDetails, color: 'indigo' },
  split_random: { icon: IconArrowsSplit, color: 'indigo' },
  hold_out: { icon: IconHandStop, color: 'indigo' },
  go_to: { icon: IconArrowBackUpDouble, color: 'indigo' },
  start_journey: { icon: IconPlayerPlay, color: 'indigo' },
  leave_journey: { icon: IconDoorExit, color: 'indigo' },
  add_tag: { icon: IconTag, color: 'gray' },
  remove_tag: { icon: IconTagOff, color: 'gray' },
  set_field: { icon: IconPencil, color: 'gray' },
  compute_field: { icon: IconCalculator, color: 'gray' },
  change_topic: { icon: IconMailCog, color: 'gray' },
  change_segment: { icon: IconUsersGroup, color: 'gray' },
  create_lead: { icon: IconMoodPlus, color: 'grape' },
  create_deal: { icon: IconBriefcase, color: 'grape' },
  move_deal: { icon: IconProgressCheck, color: 'grape' },
  assign_manager: { icon: IconUserCheck, color: 'grape' },
  create_task: { icon: IconChecklist, color: 'grape' },
  call_webhook: { icon: IconWebhook, color: 'gray' },
  end: { icon: IconFlag, color: 'gray' },
}

export const triggerLook: Record<JourneyTrigger['kind'], Icon> = {
  event: IconBolt,
  segment_entered: IconFilter,
  segment_left: IconDoorExit,
  date: IconCalendarEvent,
  form: IconForms,
  manual: IconHandClick,
}

/** In the order and groups they are offered. */
export const stepMenu: { group: string, kinds: StepKind[] }[] = [
  { group: 'talk', kinds: ['mail', 'notify_user', 'give_coupon'] },
  { group: 'time', kinds: ['wait', 'wait_until', 'wait_for_event', 'wait_for_condition'] },
  { group: 'ways', kinds: ['condition', 'split_by_value', 'split_random', 'hold_out', 'go_to', 'start_journey', 'leave_journey'] },
  { group: 'card', kinds: ['add_tag', 'remove_tag', 'set_field', 'compute_field', 'change_topic', 'change_segment'] },
  { group: 'sales', kinds: ['create_lead', 'create_deal', 'move_deal', 'assign_manager', 'create_task'] },
  { group: 'beyond', kinds: ['call_webhook'] },
  { group: 'finish', kinds: ['end'] },
]
