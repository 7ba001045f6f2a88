import { Badge, Text } from '@mantine/core'
import { IconClockExclamation } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Lead } from '../../shared/leads.ts'
import { useFormat } from '../ui/format.ts'

const waits = (lead: Lead) => lead.reaction.answered_at === null && (lead.status === 'new' || lead.status === 'in_work')
const isOverdue = (lead: Lead, now = Date.now()) => waits(lead) && lead.reaction.due_at !== null && new Date(lead.reaction.due_at).getTime() <= now

/** In the list: overdue stands out, what still has time is quiet. */
export function ReactionMark({ lead }: { lead: Lead }) {
  const { t } = useTranslation('reactions')
  const format = useFormat()
  const duration = useDuration()
  const { due_at, seconds } = lead.reaction
  if (isOverdue(lead)) return <Badge variant="light" color="red" tt="none" leftSection={<IconClockExclamation size={13} aria-hidden />} title={t('was_due', { when: format.dayAndTime(due_at!) })}>{t('overdue')}</Badge>
  if (waits(lead)) return due_at === null ? null : <Text size="sm" title={t('due', { when: format.dayAndTime(due_at) })}>{t('until', { when: isToday(due_at) ? format.time(due_at) : format.dayAndTime(due_at) })}</Text>
  return seconds === null ? null : <Text size="sm" c="dimmed">{duration(seconds)}</Text>
}

/** In the panel, as a sentence. */
export function ReactionLine({ lead }: { lead: Lead }) {
  const { t } = useTranslation('reactions')
  const format = useFormat()
  const duration = useDuration()
  const { due_at, by, user, seconds } = lead.reaction
  if (isOverdue(lead)) return <Text size="sm" c="var(--mantine-color-error)">{t('was_due', { when: format.dayAndTime(due_at!) })}</Text>
  if (waits(lead)) return due_at === null ? null : <Text size="sm">{t('due', { when: format.dayAndTime(due_at) })}</Text>
  if (by === null || seconds === null) return null
  return <Text size="sm" c="dimmed">{t('answered', { time: duration(seconds), what: t(`by.${by}`) })}{user !== null && <>, {user.name}</>}</Text>
}

const isToday = (iso: string) => new Date(iso).toDateString() === new Date().toDateString()

/** Working time in words: 12 min, 1 h 30 min. */
export function useDuration(): (seconds: number) => string {
  const { t } = useTranslation('reactions')
  return (seconds) => {
    const minutes = Math.round(seconds / 60)
    if (minutes < 1) return t('under_a_minute')
    if (minutes < 60) return t('minutes', { minutes })
    return minutes % 60 === 0 ? t('hours', { hours: minutes / 60 }) : t('hours_minutes', { hours: Math.floor(minutes / 60), minutes: minutes % 60 })
  }
}
