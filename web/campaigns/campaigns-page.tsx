import { useState } from 'react'
import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPlus, IconSearch, IconSend } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { Campaign } from '../../shared/campaigns.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { DataList } from '../ui/data-list.tsx'
import type { Column } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useFormat } from '../ui/format.ts'
import { Money } from '../ui/money.tsx'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { StateBadge } from './state-badge.tsx'

export function Page() {
  const { t } = useTranslation('campaigns')
  const may = useMay('marketing')
  const client = useQueryClient()
  const navigate = useNavigate()
  const format = useFormat()
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed.trim(), 200)
  const path = withQuery('/campaigns', { search })
  useLive(['campaigns'], () => void client.invalidateQueries({ queryKey: ['list', path] }))
  const make = useMutation({
    mutationFn: () => api.post<Campaign>('/campaigns', { name: t('new_name', { day: format.day(new Date().toISOString()) }) }),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ['list'] })
      void navigate(`/campaigns/${made.id}`)
    },
    onError: notifyError,
  })
  const create = may ? <Button leftSection={<IconPlus size={16} />} loading={make.isPending} onClick={() => make.mutate()}>{t('new')}</Button> : undefined
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={create} />
      <DataList<Campaign>
        name="campaigns" path={path} columns={useColumns()} rowKey={row => row.id} rowTo={row => `/campaigns/${row.id}`} minWidth={760}
        toolbar={<TextInput w={{ base: '100%', xs: 280 }} leftSection={<IconSearch size={16} stroke={1.7} />} placeholder={t('search')} aria-label={t('search')} value={typed} onChange={event => setTyped(event.currentTarget.value)} />}
        empty={search === '' ? <EmptyState icon={IconSend} title={t('empty_title')} text={t('empty_text')} action={create} /> : <EmptyState icon={IconSearch} title={t('nothing_found')} />}
      />
    </>
  )
}

function useColumns(): Column<Campaign>[] {
  const { t } = useTranslation('campaigns')
  const format = useFormat()
  const share = (part: number, whole: number) => whole === 0 ? '' : format.percent(part / whole)
  return [
    {
      key: 'name', label: t('columns.name'), fixed: true,
      render: row => (
        <Stack gap={0}>
          <Group gap={8}><Text size="sm" fw={600}>{row.name}</Text><StateBadge state={row.state} /></Group>
          <Text size="xs" c="dimmed">{[row.segment?.name, row.template?.name].filter(Boolean).join(' · ') || t('nothing_chosen')}</Text>
        </Stack>
      ),
    },
    { key: 'when', label: t('columns.when'), render: row => row.state === 'scheduled' && row.send_at ? <Text size="sm">{format.dayAndTime(row.send_at)}</Text> : <TimeAgo time={row.started_at ?? row.updated_at} size="sm" c={row.started_at ? undefined : 'dimmed'} /> },
    { key: 'sent', label: t('numbers.sent'), align: 'right', render: row => row.ledger.planned === 0 ? null : format.number(row.reactions.sent) },
    { key: 'opened', label: t('numbers.opened'), align: 'right', render: row => share(row.reactions.opened, row.reactions.delivered) },
    { key: 'clicked', label: t('numbers.clicked'), align: 'right', render: row => share(row.reactions.clicked, row.reactions.delivered) },
    { key: 'unsubscribed', label: t('numbers.unsubscribed'), align: 'right', hidden: true, render: row => share(row.reactions.unsubscribed, row.reactions.delivered) },
    { key: 'orders', label: t('numbers.orders'), align: 'right', hidden: true, render: row => row.ledger.planned === 0 ? null : format.number(row.reactions.orders) },
    { key: 'revenue', label: t('numbers.revenue'), align: 'right', render: row => row.ledger.planned === 0 ? null : <Money amount={row.reactions.revenue} currency={row.currency} /> },
  ]
}
