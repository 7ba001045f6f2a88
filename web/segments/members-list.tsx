import { Button, Group, Text } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { SegmentDetail, SegmentMember } from '../../shared/segments.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { DataList } from '../ui/data-list.tsx'
import type { Column } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { personName } from '../ui/people-drawer.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'

/** Who is in the segment now; follows by itself. */
export function MembersList({ segment, onWhy }: { segment: SegmentDetail, onWhy: (contact: number) => void }) {
  const { t } = useTranslation('segments')
  const format = useFormat()
  const client = useQueryClient()
  const mayTakeOut = useMay('contacts') && segment.kind === 'static' && segment.archived_at === null
  const takeOut = useMutation({
    mutationFn: (id: number) => api.delete(`/segments/${segment.id}/members`, { contacts: [id] }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['list', `/segments/${segment.id}/contacts`] })
      void client.invalidateQueries({ queryKey: ['segment', segment.id] })
    },
    onError: notifyError,
  })
  const columns: Column<SegmentMember>[] = [
    { key: 'person', label: t('columns.person'), fixed: true, render: row => <Text size="sm" fw={500}>{personName(row)}</Text> },
    { key: 'email', label: t('columns.email'), render: row => row.name === '' ? null : row.email },
    { key: 'city', label: t('columns.city'), render: row => row.city },
    { key: 'orders', label: t('columns.orders'), align: 'right', render: row => format.number(row.orders_count) },
    { key: 'revenue', label: t('columns.revenue'), align: 'right', render: row => format.money(row.revenue, row.currency) },
    { key: 'last_event', label: t('columns.last_event'), render: row => row.last_event_at === null ? null : <TimeAgo time={row.last_event_at} size="sm" /> },
    { key: 'entered', label: t('columns.entered'), render: row => <TimeAgo time={row.entered_at} size="sm" /> },
    { key: 'why', label: '', fixed: true, align: 'right', render: row => (
      <Group gap={4} justify="flex-end" wrap="nowrap">
        {mayTakeOut && <Button variant="subtle" color="gray" size="compact-xs" loading={takeOut.isPending && takeOut.variables === row.id} onClick={() => takeOut.mutate(row.id)}>{t('people.take_out')}</Button>}
        <Button variant="subtle" size="compact-xs" onClick={() => onWhy(row.id)}>{t('people.why')}</Button>
      </Group>
    ) },
  ]
  return (
    <DataList<SegmentMember>
      name="segment-members" path={`/segments/${segment.id}/contacts`} columns={columns} rowKey={row => row.id} rowTo={row => `/contacts/${row.id}`} minWidth={760}
      empty={<EmptyState icon={IconUsers} title={t(segment.kind === 'static' ? 'people.none_static' : 'people.none')} />}
    />
  )
}
