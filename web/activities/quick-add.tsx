import { useState } from 'react'
import type { RefObject } from 'react'
import { ActionIcon, Box, Button, Group, Loader, Paper, Select, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAdjustmentsHorizontal, IconPlus } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Task, TaskReading } from '../../shared/activities.ts'
import { api } from '../app/api.ts'
import { notifyError } from '../ui/notify.ts'
import { notifyUndo } from '../ui/notify-undo.tsx'
import type { NewTask } from './task-dialog.tsx'
import { Due, KindIcon } from './task-words.tsx'
import { useRefreshTasks } from './use-task-actions.tsx'

/** A line such as "call Anna tomorrow 3pm": what was understood is shown before it is saved. */
export function QuickAdd({ input, ownerId, onMore }: { input: RefObject<HTMLInputElement | null>, /** whose day it is, where it is somebody else's */ ownerId: number | undefined, onMore: (task: NewTask) => void }) {
  const { t } = useTranslation('activities')
  const refresh = useRefreshTasks()
  const [text, setText] = useState('')
  const [asked] = useDebouncedValue(text.trim(), 200)
  const [person, setPerson] = useState<{ of: string, id: number | null } | null>(null)
  const reading = useQuery({ queryKey: ['task-reading', asked], enabled: asked !== '', queryFn: () => api.post<TaskReading>('/tasks/readings', { text: asked }), placeholderData: keepPreviousData })
  const read = text.trim() === '' ? undefined : reading.data
  const contacts = read?.contacts ?? []
  const contact_id = person !== null && contacts.some(each => each.id === person.id || person.id === null) ? person.id : contacts[0]?.id ?? null
  const bodyOf = (found: TaskReading): NewTask => ({
    kind: found.kind, title: found.title, contact_id: person !== null && (person.id === null || found.contacts.some(each => each.id === person.id)) ? person.id : found.contacts[0]?.id ?? null,
    ...found.due_on === null ? { due_at: found.due_at } : { due_on: found.due_on }, ...ownerId === undefined ? {} : { owner_id: ownerId },
  })
  const clear = () => {
    setText('')
    setPerson(null)
  }
  const save = useMutation({
    // What is saved is what the whole line says, also when Enter was faster than what is shown.
    mutationFn: async () => api.post<Task>('/tasks', bodyOf(asked === text.trim() && reading.data !== undefined && !reading.isPlaceholderData ? reading.data : await api.post<TaskReading>('/tasks/readings', { text: text.trim() }))),
    onSuccess: (task) => {
      clear()
      notifyUndo(t('added', { title: task.title }), t('undo'), () => void api.delete(`/tasks/${task.id}`).then(refresh, notifyError))
      return refresh()
    },
    onError: notifyError,
  })
  return (
    <Paper p="sm" component="form" aria-label={t('quick.label')} onSubmit={(event: React.FormEvent) => {
      event.preventDefault()
      if (text.trim() !== '' && !save.isPending) save.mutate()
    }}
    >
      <TextInput
        ref={input} variant="unstyled" aria-label={t('quick.label')} placeholder={t('quick.hint')} maxLength={500} leftSection={<IconPlus size={17} aria-hidden />} value={text} onChange={event => setText(event.currentTarget.value)}
        rightSection={reading.isFetching && text.trim() !== '' ? <Loader size={14} /> : undefined}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
      />
      {read !== undefined && (
        <Group gap="xs" mt={6} justify="space-between" aria-live="polite">
          <Group gap="xs" miw={0} flex="1 1 260px">
            <KindIcon kind={read.kind} />
            <Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>{read.title}</Text>
            {read.due_at === null && read.due_on === null ? <Text size="xs" c="dimmed">{t('quick.no_time')}</Text> : <Due task={asTask(read)} />}
            {contacts.length > 0 && (
              <Select
                size="xs" w={190} aria-label={t('contact')} clearable placeholder={t('quick.nobody')} value={contact_id === null ? null : String(contact_id)} data={contacts.map(each => ({ value: String(each.id), label: each.name }))}
                onChange={id => setPerson({ of: asked, id: id === null ? null : Number(id) })}
              />
            )}
          </Group>
          <Group gap={6}>
            <ActionIcon variant="default" size={30} aria-label={t('quick.more')} title={t('quick.more')} onClick={() => { onMore(bodyOf(read)); clear() }}><IconAdjustmentsHorizontal size={16} /></ActionIcon>
            <Button type="submit" size="xs" loading={save.isPending}>{t('add')}</Button>
          </Group>
        </Group>
      )}
      {read === undefined && <Box visibleFrom="sm"><Text size="xs" c="dimmed" pl={30}>{t('quick.text')}</Text></Box>}
    </Paper>
  )
}

const asTask = (read: TaskReading): Task => ({ id: 0, note: '', contact: null, company: null, deal: null, owner: null, priority: 'normal', minutes: null, remind_before: null, repeats: null, done_at: null, outcome: '', source: '', created_at: '', kind: read.kind, title: read.title, due_on: read.due_on, due_at: read.due_at ?? (read.due_on === null ? null : `${read.due_on}T23:59:59Z`) })
