import { useState } from 'react'
import { Anchor, Badge, Button, Group, Progress, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { BulkAction } from '../../shared/bulk.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { PeopleDrawer } from '../ui/people-drawer.tsx'
import { serverWords } from '../ui/server-words.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useActionTitle } from './action-title.ts'

const colors: Record<BulkAction['state'], string> = { running: 'amber', waiting: 'amber', erasing: 'amber', undoing: 'amber', done: 'pine', undone: 'gray', stopped: 'gray', failed: 'red' }

/** What was done with many people, how far it is, and a way back. */
export function ActionRow({ action }: { action: BulkAction }) {
  const { t } = useTranslation('bulk')
  const format = useFormat()
  const client = useQueryClient()
  const [people, setPeople] = useState(false)
  const title = useActionTitle()(action)
  const may = useMay(action.kind === null ? 'contacts' : 'marketing')
  const then = () => client.invalidateQueries({ queryKey: ['list'] })
  const undo = () => confirmDelete({
    title: t('undo_title'), text: action.kind === null ? t(`undo_texts.${action.action}`) : t(`hygiene:undo_text.${action.action}`), confirm: t('undo'),
    onConfirm: async () => {
      await api.post(`/bulk-actions/${action.id}/reversal`)
      await then()
    },
  })
  const same = action.state === 'done' && action.kind === null ? action.done - action.changed : 0
  const notRestored = action.state === 'undone' && action.action !== 'delete' ? action.changed - action.restored : 0
  return (
    <Group gap="sm" align="flex-start" justify="space-between">
      <Stack gap={2} flex="1 1 320px" miw={0}>
        <Group gap="xs"><Text size="sm" fw={500}>{title}</Text><Badge size="sm" color={colors[action.state]}>{t(`states.${action.state}`)}</Badge></Group>
        <Text size="sm" c="dimmed" component="div">
          {action.kind === null && `${t(action.chosen ? 'of_chosen' : 'of_all')} · `}
          <Anchor component="button" type="button" inherit onClick={() => setPeople(true)}>{t('changed', { count: action.changed, number: format.number(action.changed) })}</Anchor>
          {same > 0 && ` · ${t('as_before', { count: same, number: format.number(same) })}`}
          {action.erased > 0 && ` · ${t('erased', { count: action.erased, number: format.number(action.erased) })}`}
          {action.restored > 0 && ` · ${t('restored', { count: action.restored, number: format.number(action.restored) })}`}
          {notRestored > 0 && ` · ${t('not_restored', { count: notRestored, number: format.number(notRestored) })}`}
          {action.kind !== null && action.tag !== null && ` · ${t('tag')}: ${action.tag.name}`}
          {action.segment !== null && <> · <Anchor component={Link} to={`/segments/${action.segment.id}`} inherit>{action.segment.name}</Anchor></>}
        </Text>
        {action.state === 'waiting' && action.erase_at !== null && <Text size="sm">{t('erase_at', { time: format.dayAndTime(action.erase_at) })}</Text>}
        {action.error !== null && <Text size="sm" c="red">{serverWords(action.error)}</Text>}
        {action.state === 'running' && action.total > 0 && (
          <Group gap="xs">
            <Progress value={Math.min(100, action.done / action.total * 100)} animated w={240} aria-label={title} />
            <Text size="xs" c="dimmed">{t('progress', { done: format.number(action.done), total: format.number(action.total) })}</Text>
          </Group>
        )}
        <Text size="xs" c="dimmed"><TimeAgo time={action.created_at} />{action.by !== null && ` · ${action.by}`}</Text>
      </Stack>
      {may && (
        <Group gap="xs">
          {action.stoppable && <Button variant="default" size="xs" onClick={() => void api.post(`/bulk-actions/${action.id}/stop`).then(then, notifyError)}>{t('stop')}</Button>}
          {action.undoable && !action.stoppable && <Button variant="default" size="xs" onClick={undo}>{t('undo')}</Button>}
        </Group>
      )}
      <PeopleDrawer title={title} path={`/bulk-actions/${action.id}/people`} opened={people} onClose={() => setPeople(false)} noteWords={note => note === '' ? '' : t('was', { value: note })} />
    </Group>
  )
}
