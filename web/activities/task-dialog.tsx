import { useState } from 'react'
import { Button, Group, Modal, SegmentedControl, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { DateInput, TimeInput } from '@mantine/dates'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Task, TaskBody } from '../../shared/activities.ts'
import { taskKinds, taskPriorities } from '../../shared/activities.ts'
import type { Deal } from '../../shared/deals.ts'
import { instantOf, localDay, localTime } from '../../shared/local-time.ts'
import { api, withQuery } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { useMay, useSession } from '../app/session.tsx'
import { useUsers } from '../contacts/use-reference.ts'
import { FindContact } from '../journeys/find-contact.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { FindCompany } from './find-company.tsx'
import { choiceOf, repeatChoices, repeatWords } from './repeat-words.ts'
import { useRefreshTasks } from './use-task-actions.tsx'

const lengths = [15, 30, 45, 60, 90, 120, 240]
const reminders = [0, 10, 30, 60, 1440]

export type NewTask = Partial<Pick<TaskBody, 'kind' | 'title' | 'contact_id' | 'company_id' | 'deal_id' | 'due_at' | 'due_on' | 'owner_id'>>
type Props = { /** a task to change, or what is known of a new one; null: closed */ task: Task | NewTask | null, onClose: () => void }

/** A task to make or to change. */
export function TaskDialog({ task, onClose }: Props) {
  const { t } = useTranslation('activities')
  return (
    <Modal opened={task !== null} onClose={onClose} title={task !== null && 'id' in task ? t('edit_title') : t('new_title')} size="lg">
      {task !== null && <TaskForm task={task} onClose={onClose} />}
    </Modal>
  )
}

function TaskForm({ task, onClose }: { task: Task | NewTask, onClose: () => void }) {
  const { t } = useTranslation('activities')
  const { user, company: { time_zone } } = useSession()
  const may = useMay('contacts')
  const users = useUsers()
  const refresh = useRefreshTasks()
  const kept = 'id' in task ? task : null
  const given = 'id' in task ? { contact_id: task.contact?.id ?? null, company_id: task.company?.id ?? null, deal_id: task.deal?.id ?? null, owner_id: task.owner?.id ?? null } : task
  const [values, setValues] = useState({
    kind: task.kind ?? 'todo', title: task.title ?? '', note: kept?.note ?? '', minutes: kept?.minutes ?? null, remind_before: kept?.remind_before ?? null, repeats: kept?.repeats ?? null, priority: kept?.priority ?? 'normal', outcome: kept?.outcome ?? '',
    owner_id: given.owner_id === undefined ? user.id : given.owner_id, contact_id: given.contact_id ?? null, company_id: given.company_id ?? null, deal_id: given.deal_id ?? null,
    day: task.due_on ?? (task.due_at == null ? null : localDay(new Date(task.due_at), time_zone)), time: task.due_at == null || task.due_on != null ? '' : localTime(new Date(task.due_at), time_zone).slice(11, 16),
  })
  const set = (changes: Partial<typeof values>) => setValues(before => ({ ...before, ...changes }))
  const deals = useQuery({
    queryKey: ['tasks', 'deals', values.contact_id], enabled: values.contact_id !== null,
    queryFn: () => api.get<Page<Deal>>(withQuery('/deals', { contact: String(values.contact_id), state: 'open', limit: '50' })),
  }).data?.data ?? []
  const save = useMutation({
    mutationFn: () => {
      const { day, time, outcome, ...fields } = values
      const due = day === null ? { due_at: null } : time === '' ? { due_on: day } : { due_at: instantOf(`${day}T${time}:00`, time_zone).toISOString() }
      const body = { ...fields, ...due, remind_before: day === null ? null : fields.remind_before, repeats: day === null ? null : fields.repeats }
      return kept === null ? api.post<Task>('/tasks', body) : api.patch<Task>(`/tasks/${kept.id}`, { ...body, outcome })
    },
    onSuccess: () => {
      onClose()
      return refresh()
    },
  })
  const remove = useMutation({
    mutationFn: () => api.delete(`/tasks/${kept?.id}`),
    onSuccess: () => {
      onClose()
      return refresh()
    },
  })
  const errors = errorsByField(save.error)
  const minuteWords = (minutes: number) => minutes % 60 === 0 ? t('hours', { count: minutes / 60 }) : t('minutes', { count: minutes })
  const remindWords = (minutes: number) => minutes === 0 ? values.time === '' ? t('remind.morning') : t('remind.at_time') : minutes === 1440 ? t('remind.day_before') : t('remind.before', { time: minuteWords(minutes) })
  const withKept = (choices: readonly number[], own: number | null | undefined) => own == null || choices.includes(own) ? [...choices] : [...choices, own].toSorted((one, other) => one - other)
  const named = (given_deal: { id: number, name: string } | null | undefined) => [...deals.map(deal => ({ value: String(deal.id), label: deal.title })), ...given_deal != null && !deals.some(deal => deal.id === given_deal.id) ? [{ value: String(given_deal.id), label: given_deal.name }] : []]
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm">
        <SegmentedControl fullWidth size="xs" aria-label={t('kind')} disabled={!may} value={values.kind} onChange={kind => set({ kind: kind as Task['kind'] })} data={taskKinds.map(kind => ({ value: kind, label: t(`kinds.${kind}`) }))} />
        <TextInput label={t('what')} required data-autofocus maxLength={300} disabled={!may} value={values.title} onChange={event => set({ title: event.currentTarget.value })} error={errors['title']} />
        <Group grow gap="xs" align="flex-start" preventGrowOverflow={false}>
          <DateInput label={t('day')} clearable valueFormat="DD MMM YYYY" disabled={!may} value={values.day} onChange={day => set({ day })} error={errors['due_on'] ?? errors['due_at']} />
          <TimeInput label={t('time')} disabled={!may || values.day === null} value={values.time} onChange={event => set({ time: event.currentTarget.value })} />
          <Select label={t('length')} placeholder={t('not_said')} clearable disabled={!may} value={values.minutes === null ? null : String(values.minutes)} onChange={value => set({ minutes: value === null ? null : Number(value) })} data={withKept(lengths, values.minutes).map(minutes => ({ value: String(minutes), label: minuteWords(minutes) }))} error={errors['minutes']} />
        </Group>
        <Group grow gap="xs" align="flex-start">
          <Select label={t('remind.label')} placeholder={t('remind.never')} clearable disabled={!may || values.day === null} value={values.remind_before === null ? null : String(values.remind_before)} onChange={value => set({ remind_before: value === null ? null : Number(value) })} data={withKept(reminders, values.remind_before).map(minutes => ({ value: String(minutes), label: remindWords(minutes) }))} error={errors['remind_before']} />
          <Select
            label={t('repeat.label')} placeholder={t('repeat.never')} clearable disabled={!may || values.day === null} value={values.repeats === null ? null : choiceOf(values.repeats)} onChange={repeats => set({ repeats })} error={errors['repeats']}
            data={[...repeatChoices, ...values.repeats !== null && !(repeatChoices as readonly string[]).includes(choiceOf(values.repeats)) ? [values.repeats] : []].map(rule => ({ value: rule, label: repeatWords(t, rule) }))}
          />
        </Group>
        <FindContact label={t('contact')} value={values.contact_id} onChange={contact_id => set({ contact_id, ...contact_id === values.contact_id ? {} : { deal_id: null } })} />
        <Group grow gap="xs" align="flex-start">
          <FindCompany label={t('company')} value={values.company_id} given={kept?.company ?? null} disabled={!may} onChange={company_id => set({ company_id })} />
          <Select label={t('deal')} placeholder={values.contact_id === null ? t('deal_of_contact') : t('none')} clearable disabled={!may || values.contact_id === null} value={values.deal_id === null ? null : String(values.deal_id)} onChange={value => set({ deal_id: value === null ? null : Number(value) })} data={named(kept?.deal)} error={errors['deal_id']} />
        </Group>
        <Group grow gap="xs" align="flex-start">
          <Select label={t('owner')} placeholder={t('nobody')} searchable clearable disabled={!may} value={values.owner_id === null ? null : String(values.owner_id)} onChange={value => set({ owner_id: value === null ? null : Number(value) })} data={users.map(each => ({ value: String(each.id), label: each.name }))} error={errors['owner_id']} />
          <Select label={t('priority')} allowDeselect={false} disabled={!may} value={values.priority} onChange={value => set({ priority: (value ?? 'normal') as Task['priority'] })} data={taskPriorities.map(priority => ({ value: priority, label: t(`priorities.${priority}`) }))} />
        </Group>
        <Textarea label={t('note')} autosize minRows={2} maxRows={8} maxLength={10_000} disabled={!may} value={values.note} onChange={event => set({ note: event.currentTarget.value })} />
        {kept?.done_at != null && <Textarea label={t('outcome')} description={t('outcome_text')} autosize minRows={2} maxRows={8} maxLength={5000} disabled={!may} value={values.outcome} onChange={event => set({ outcome: event.currentTarget.value })} />}
        <ErrorNotice error={save.error ?? remove.error} />
        {may && (
          <Group justify="space-between" gap="xs">
            {kept === null ? <span /> : <Button variant="subtle" color="red" loading={remove.isPending} onClick={() => confirmDelete({ title: t('delete_title'), text: t('delete_text', { title: kept.title }), onConfirm: () => remove.mutate() })}>{t('app:delete')}</Button>}
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>{t('app:cancel')}</Button>
              <Button type="submit" loading={save.isPending} disabled={values.title.trim() === ''}>{kept === null ? t('add') : t('app:save')}</Button>
            </Group>
          </Group>
        )}
      </Stack>
    </form>
  )
}
