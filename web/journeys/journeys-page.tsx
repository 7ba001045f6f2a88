import { useState } from 'react'
import { Badge, Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useDebouncedValue, useDisclosure } from '@mantine/hooks'
import { IconPlus, IconRoute, IconSearch } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { JourneyRow, JourneyView } from '../../shared/journeys.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { DataList } from '../ui/data-list.tsx'
import type { Column } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { Money } from '../ui/money.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useLookups } from './lookups.ts'
import { ReadyMade } from './ready-made.tsx'
import { StateBadge } from './state-badge.tsx'
import { useStepWords } from './step-words.ts'

export function Page() {
  const { t } = useTranslation('journeys')
  const format = useFormat()
  const words = useStepWords(useLookups())
  const may = useMay('marketing')
  const client = useQueryClient()
  const [search, setSearch] = useState('')
  const [sought] = useDebouncedValue(search, 200)
  const [opened, { open, close }] = useDisclosure(false)
  const path = withQuery('/journeys', { search: sought })
  useLive(['journeys'], () => void client.invalidateQueries({ queryKey: ['list', path] }))

  const columns: Column<JourneyRow>[] = [
    {
      key: 'name', label: t('columns.name'), fixed: true,
      render: row => (
        <Stack gap={0}>
          <Group gap={8}><Text size="sm" fw={600}>{row.name}</Text><StateBadge state={row.state} />{row.has_unpublished_changes && <Badge color="amber">{t('has_changes')}</Badge>}</Group>
          <Text size="xs" c="dimmed">{words.trigger(row)}</Text>
        </Stack>
      ),
    },
    { key: 'here_now', label: t('columns.here_now'), align: 'right', render: row => format.number(row.here_now) },
    { key: 'entered', label: t('columns.entered'), align: 'right', render: row => format.number(row.entered) },
    { key: 'mails_sent', label: t('columns.mails_sent'), align: 'right', render: row => format.number(row.mails_sent) },
    { key: 'revenue', label: t('columns.revenue'), align: 'right', render: row => <Money amount={row.revenue} currency={row.currency} /> },
    { key: 'updated_at', label: t('columns.updated_at'), render: row => <TimeAgo time={row.updated_at} size="sm" c="dimmed" /> },
  ]
  const newButton = may && <Button leftSection={<IconPlus size={16} />} onClick={open}>{t('new')}</Button>
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={newButton} />
      <DataList<JourneyRow>
        name="journeys" path={path} columns={columns} rowKey={row => row.id} rowTo={row => `/journeys/${row.id}`} minWidth={720}
        toolbar={<TextInput value={search} onChange={event => setSearch(event.currentTarget.value)} placeholder={t('search')} aria-label={t('search')} leftSection={<IconSearch size={16} />} maw={320} />}
        empty={sought === '' ? <EmptyState icon={IconRoute} title={t('empty_title')} text={t('empty_text')} action={newButton} /> : <EmptyState icon={IconSearch} title={t('nothing_found')} />}
      />
      <ReadyMade />
      <Modal opened={opened} onClose={close} title={t('new')}><NewJourney /></Modal>
    </>
  )
}

function NewJourney() {
  const { t } = useTranslation('journeys')
  const navigate = useNavigate()
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const create = useMutation({
    mutationFn: () => api.post<JourneyView>('/journeys', { name, description, draft: { format: 1, trigger: { kind: 'form', form_id: null }, entry_condition: null, reentry: 'once', first: null, steps: {} } }),
    onSuccess: (journey) => {
      void client.invalidateQueries({ queryKey: ['list'] })
      void navigate(`/journeys/${journey.id}`)
    },
  })
  return (
    <form onSubmit={(event) => { event.preventDefault(); create.mutate() }}>
      <Stack gap="sm">
        <TextInput label={t('name')} value={name} onChange={event => setName(event.currentTarget.value)} required maxLength={200} data-autofocus />
        <Textarea label={t('description')} value={description} onChange={event => setDescription(event.currentTarget.value)} autosize minRows={2} maxLength={4000} />
        <ErrorNotice error={create.error} />
        <Group justify="flex-end"><Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>{t('create')}</Button></Group>
      </Stack>
    </form>
  )
}
