import { useState } from 'react'
import { Anchor, Badge, Button, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { HygieneAction } from '../../shared/hygiene.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { PeopleDrawer } from '../ui/people-drawer.tsx'
import { serverWords } from '../ui/server-words.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'

const colors: Record<HygieneAction['state'], string> = { running: 'amber', waiting: 'amber', erasing: 'amber', undoing: 'amber', done: 'pine', undone: 'gray', failed: 'red' }

/** What was done, how far it is, and a way back. */
export function ActionsList() {
  const { t } = useTranslation('hygiene')
  const list = useList<HygieneAction>('/hygiene/actions?limit=10')
  if (list.rows.length === 0) return null
  return (
    <Paper p="md">
      <Title order={2} size="h4" mb="xs">{t('log')}</Title>
      <Stack gap="sm">
        {list.rows.map(action => <ActionRow key={action.id} action={action} />)}
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </Stack>
    </Paper>
  )
}

function ActionRow({ action }: { action: HygieneAction }) {
  const { t } = useTranslation('hygiene')
  const format = useFormat()
  const client = useQueryClient()
  const may = useMay('marketing')
  const [people, setPeople] = useState(false)
  const group = t(`kinds.${action.kind}.title`)
  const title = t(`acts.${action.action}.title`, { group })
  const undo = () => confirmDelete({
    title: t('undo_title'), text: t(`undo_text.${action.action}`), confirm: t('undo'),
    onConfirm: async () => {
      await api.post(`/hygiene/actions/${action.id}/reversal`)
      await client.invalidateQueries({ queryKey: ['list'] })
    },
  })
  return (
    <Group gap="sm" align="flex-start" justify="space-between">
      <Stack gap={2} flex="1 1 320px" miw={0}>
        <Group gap="xs"><Text size="sm" fw={500}>{title}</Text><Badge size="sm" color={colors[action.state]}>{t(`states.${action.state}`)}</Badge></Group>
        <Text size="sm" c="dimmed" component="div">
          <Anchor component="button" type="button" inherit onClick={() => setPeople(true)}>{t('changed', { count: action.changed, number: format.number(action.changed) })}</Anchor>
          {action.erased > 0 && ` · ${t('erased', { count: action.erased, number: format.number(action.erased) })}`}
          {action.restored > 0 && ` · ${t('restored', { count: action.restored, number: format.number(action.restored) })}`}
          {action.tag !== null && ` · ${t('tag')}: ${action.tag.name}`}
          {action.segment !== null && <> · <Anchor component={Link} to={`/segments/${action.segment.id}`} inherit>{action.segment.name}</Anchor></>}
        </Text>
        {action.state === 'waiting' && action.erase_at !== null && <Text size="sm">{t('erase_at', { time: format.dayAndTime(action.erase_at) })}</Text>}
        {action.error !== null && <Text size="sm" c="red">{serverWords(action.error)}</Text>}
        {action.state === 'running' && action.total > 0 && <Progress value={action.done / action.total * 100} animated maw={320} aria-label={title} />}
        <Text size="xs" c="dimmed"><TimeAgo time={action.created_at} />{action.by !== null && ` · ${action.by}`}</Text>
      </Stack>
      {may && action.undoable && <Button variant="default" size="xs" onClick={undo}>{t('undo')}</Button>}
      <PeopleDrawer title={title} path={`/hygiene/actions/${action.id}/people`} opened={people} onClose={() => setPeople(false)} noteWords={note => note === '' ? '' : t('was', { email: note })} />
    </Group>
  )
}
