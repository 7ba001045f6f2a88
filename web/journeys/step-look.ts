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
  end: { icon: IconFlag, color: 'gray' },
}

export const triggerLook: Record<JourneyTrigger['kind'], Icon> = {
  event: IconBolt,
  segment_entered: IconFilter,
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
