import { ActionIcon, Group, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Deal } from '../../shared/deals.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { notifyError } from '../ui/notify.ts'
import { TimeAgo } from '../ui/time-ago.tsx'

/** What is to be done next about an open deal, ticked off right here; a warning when there is nothing. */
export function NextStep({ deal, onDone }: { deal: Deal, onDone?: () => void }) {
  const { t } = useTranslation('deals')
  const may = useMay('contacts')
  const client = useQueryClient()
  const step = deal.next_step
  const finish = useMutation({
    mutationFn: (id: number) => api.post(`/tasks/${id}/completion`, {}),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['list'] })
      onDone?.()
    },
    onError: notifyError,
  })
  if (deal.state !== 'open') return null
  if (step === null) return <Text size="xs" c="var(--mantine-color-orange-light-color)" component="span"><IconAlertTriangle size={12} aria-hidden style={{ verticalAlign: -1 }} /> {t('no_next_step')}</Text>
  const overdue = step.due_at !== null && new Date(step.due_at) < new Date()
  return (
    <Group gap={4} wrap="nowrap" miw={0} onClick={event => event.stopPropagation()}>
      {may && <ActionIcon size={18} variant="subtle" color="pine" loading={finish.isPending} aria-label={t('next_step_done', { title: step.title })} title={t('next_step_done', { title: step.title })} onClick={() => finish.mutate(step.id)}><IconCircleCheck size={15} /></ActionIcon>}
      <Text size="xs" truncate title={step.title}>{step.title}</Text>
      {step.due_at !== null && <TimeAgo time={step.due_at} size="xs" c={overdue ? 'var(--mantine-color-red-light-color)' : 'dimmed'} flex="none" />}
    </Group>
  )
}
