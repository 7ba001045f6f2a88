import { ActionIcon, Anchor, Checkbox, Group, Stack, Text, UnstyledButton } from '@mantine/core'
import { IconCalendarTime } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Task } from '../../shared/activities.ts'
import { useMay } from '../app/session.tsx'
import { PostponeMenu } from './postpone-menu.tsx'
import { Due, KindIcon } from './task-words.tsx'
import classes from './activities.module.css'

type Props = { task: Task, current: boolean, withOwner: boolean, /** says whom it is about, unless all are about the same */ about?: boolean, onFinish: () => void, onReopen: () => void, onPostpone: (day: string) => void, onOpen: () => void }

export function TaskRow({ task, current, withOwner, about = true, onFinish, onReopen, onPostpone, onOpen }: Props) {
  const { t } = useTranslation('activities')
  const may = useMay('contacts')
  const isDone = task.done_at !== null
  return (
    <Group component="li" gap="xs" wrap="nowrap" align="flex-start" className={classes.row ?? ''} data-current={current || undefined} data-task={task.id}>
      <Checkbox size="sm" mt={2} disabled={!may} checked={isDone} aria-label={isDone ? t('reopen_this', { title: task.title }) : t('finish_this', { title: task.title })} onChange={isDone ? onReopen : onFinish} />
      <KindIcon kind={task.kind} />
      <Stack gap={0} flex={1} miw={0}>
        <UnstyledButton onClick={onOpen} className={classes.title ?? ''}>
          <Text size="sm" fw={task.priority === 'high' ? 600 : 400} {...isDone ? { td: 'line-through', c: 'dimmed' } : {}} component="span" style={{ overflowWrap: 'anywhere' }}>{task.title}</Text>
        </UnstyledButton>
        <Text size="xs" c="dimmed" component="div" style={{ overflowWrap: 'anywhere' }}>
          {about && task.contact !== null && <Anchor component={Link} to={`/contacts/${task.contact.id}`} inherit>{task.contact.name}</Anchor>}
          {[task.deal?.name, task.company?.name, withOwner ? task.owner?.name ?? t('nobody') : undefined, task.priority === 'high' ? t('priorities.high') : undefined, isDone ? task.outcome : task.note].filter(Boolean).map((words, index) => <span key={index}>{(index > 0 || about && task.contact !== null) && ' · '}{String(words).slice(0, 140)}</span>)}
        </Text>
      </Stack>
      <Group gap={6} wrap="nowrap" mt={1}>
        <Due task={task} />
        {may && !isDone && (
          <PostponeMenu onChoose={onPostpone}>
            <ActionIcon variant="subtle" color="gray" size={24} aria-label={t('postpone_this', { title: task.title })} title={t('postpone')}><IconCalendarTime size={16} /></ActionIcon>
          </PostponeMenu>
        )}
      </Group>
    </Group>
  )
}
