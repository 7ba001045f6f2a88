import { useState } from 'react'
import { Button, Group, Modal, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { DoneTask, Task } from '../../shared/activities.ts'
import { nextDay } from '../../shared/local-time.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyError } from '../ui/notify.ts'
import { notifyUndo } from '../ui/notify-undo.tsx'
import { Due, nextMonday, useToday } from './task-words.tsx'
import { useRefreshTasks } from './use-task-actions.tsx'

/** A task about somebody is done: what came of it, and what is to be done next. Enter alone is enough. */
export function FinishDialog({ task, onClose }: { task: Task | null, onClose: () => void }) {
  const { t } = useTranslation('activities')
  return <Modal opened={task !== null} onClose={onClose} title={t('finish_title')} size="md">{task !== null && <FinishForm task={task} onClose={onClose} />}</Modal>
}

function FinishForm({ task, onClose }: { task: Task, onClose: () => void }) {
  const { t } = useTranslation('activities')
  const today = useToday()
  const refresh = useRefreshTasks()
  const [outcome, setOutcome] = useState('')
  const [next, setNext] = useState('')
  const [day, setDay] = useState(nextDay(today))
  const finish = useMutation({
    mutationFn: async () => {
      const done = await api.post<DoneTask>(`/tasks/${task.id}/completion`, { outcome: outcome.trim() })
      if (next.trim() !== '') await api.post('/tasks', { title: next.trim(), contact_id: task.contact?.id ?? null, company_id: task.company?.id ?? null, deal_id: task.deal?.id ?? null, due_on: day, owner_id: task.owner?.id ?? null })
      return done
    },
    onSuccess: (done) => {
      notifyUndo(done.next === null ? t('finished', { title: task.title }) : t('finished_repeats', { title: task.title }), t('undo'), () => void api.delete(`/tasks/${task.id}/completion`).then(refresh, notifyError))
      onClose()
      return refresh()
    },
  })
  const submit = (event: React.SyntheticEvent) => {
    event.preventDefault()
    if (!finish.isPending) finish.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Group justify="space-between" gap="xs"><Text size="sm" fw={500} flex="1 1 200px" style={{ overflowWrap: 'anywhere' }}>{task.title}</Text><Due task={task} /></Group>
        <Textarea
          label={t('outcome')} placeholder={t('outcome_hint')} data-autofocus autosize minRows={2} maxRows={8} maxLength={5000} value={outcome} onChange={event => setOutcome(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey) submit(event)
          }}
        />
        <TextInput label={t('next_step')} placeholder={t('next_step_hint')} maxLength={300} value={next} onChange={event => setNext(event.currentTarget.value)} />
        {next.trim() !== '' && (
          <SegmentedControl size="xs" aria-label={t('day')} value={day} onChange={setDay} data={[{ value: nextDay(today), label: t('to_tomorrow') }, { value: nextDay(today, 3), label: t('in_three') }, { value: nextMonday(today), label: t('to_next_week') }].filter((each, index, all) => all.findIndex(other => other.value === each.value) === index)} />
        )}
        <ErrorNotice error={finish.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t('app:cancel')}</Button>
          <Button type="submit" loading={finish.isPending}>{t('finish')}</Button>
        </Group>
      </Stack>
    </form>
  )
}
