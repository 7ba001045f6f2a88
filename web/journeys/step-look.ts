import { IconBell, IconChecklist, IconClock, IconEar, IconFlag, IconForms, IconArrowsSplit2, IconMail, IconPencil, IconPlayerPlay, IconTag, IconTagOff, IconBolt, IconFilter, IconHandClick } from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'
import type { JourneyTrigger } from '../../shared/journeys.ts'
import type { StepKind } from './graph.ts'

/** What a step is told by at a glance. */
export const stepLook: Record<StepKind, { icon: Icon, color: string }> = {
  mail: { icon: IconMail, color: 'pine' },
  wait: { icon: IconClock, color: 'amber' },
  wait_for_event: { icon: IconEar, color: 'amber' },
  condition: { icon: IconArrowsSplit2, color: 'indigo' },
  add_tag: { icon: IconTag, color: 'gray' },
  remove_tag: { icon: IconTagOff, color: 'gray' },
  set_field: { icon: IconPencil, color: 'gray' },
  create_task: { icon: IconChecklist, color: 'grape' },
  notify_user: { icon: IconBell, color: 'grape' },
  wait_until: { icon: IconClock, color: 'amber' },
  wait_for_condition: { icon: IconClock, color: 'amber' },
  split_by_value: { icon: IconArrowsSplit2, color: 'indigo' },
  split_random: { icon: IconArrowsSplit2, color: 'indigo' },
  hold_out: { icon: IconArrowsSplit2, color: 'indigo' },
  go_to: { icon: IconArrowsSplit2, color: 'indigo' },
  start_journey: { icon: IconPlayerPlay, color: 'indigo' },
  leave_journey: { icon: IconFlag, color: 'indigo' },
  compute_field: { icon: IconPencil, color: 'gray' },
  change_topic: { icon: IconTag, color: 'gray' },
  change_segment: { icon: IconFilter, color: 'gray' },
  create_deal: { icon: IconChecklist, color: 'grape' },
  move_deal: { icon: IconChecklist, color: 'grape' },
  create_lead: { icon: IconChecklist, color: 'grape' },
  assign_manager: { icon: IconBell, color: 'grape' },
  call_webhook: { icon: IconBolt, color: 'gray' },
  give_coupon: { icon: IconTag, color: 'pine' },
  end: { icon: IconFlag, color: 'gray' },
}

export const triggerLook: Record<JourneyTrigger['kind'], Icon> = {
  event: IconBolt,
  segment_entered: IconFilter,
  segment_left: IconFilter,
  date: IconClock,
  form: IconForms,
  manual: IconHandClick,
}

/** In the order and groups they are offered. */
export const stepMenu: { group: string, kinds: StepKind[] }[] = [
  { group: 'talk', kinds: ['mail'] },
  { group: 'time', kinds: ['wait', 'wait_for_event', 'condition'] },
  { group: 'card', kinds: ['add_tag', 'remove_tag', 'set_field'] },
  { group: 'team', kinds: ['create_task', 'notify_user'] },
  { group: 'finish', kinds: ['end'] },
]

export const startIcon = IconPlayerPlay
