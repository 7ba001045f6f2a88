import { Badge, Button, Group, Progress, Stack, Text } from '@mantine/core'
import { IconFileUpload, IconHistory } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ImportView } from '../../shared/imports.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { DataList } from '../ui/data-list.tsx'
import type { Column } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { DropFile } from './drop-file.tsx'
import { StateBadge } from './state-badge.tsx'

export function Page() {
  const { t } = useTranslation('imports')
  const client = useQueryClient()
  const may = useMay('marketing')
  useLive(['imports'], () => void client.invalidateQueries({ queryKey: ['list', '/imports'] }))
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={<Button component={Link} to="/imports/mappings" variant="default" leftSection={<IconHistory size={16} />}>{t('mappings.title')}</Button>} />
      <Stack gap="lg">
        {may && <DropFile />}
        <DataList<ImportView> name="imports" path="/imports" columns={useColumns()} rowKey={row => row.id} rowTo={row => `/imports/${row.id}`} minWidth={640} empty={<EmptyState icon={IconFileUpload} title={t('empty.title')} text={t('empty.text')} />} />
      </Stack>
    </>
  )
}

function useColumns(): Column<ImportView>[] {
  const { t } = useTranslation('imports')
  const format = useFormat()
  return [
    {
      key: 'name', label: t('columns.name'), fixed: true,
      render: row => (
        <Stack gap={1}>
          <Group gap={6}><Text size="sm" fw={500}>{row.name}</Text><Badge size="xs" color="gray">{t(`kind.${row.kind}`)}</Badge></Group>
          {row.created_by !== null && <Text size="xs" c="dimmed">{row.created_by}</Text>}
        </Stack>
      ),
    },
    {
      key: 'state', label: t('columns.state'),
      render: row => row.state === 'running'
        ? <Stack gap={3} w={130}><Text size="xs" c="dimmed">{t('progress', { done: format.number(row.rows_done), total: format.number(row.rows_total) })}</Text><Progress value={row.rows_total === 0 ? 0 : 100 * row.rows_done / row.rows_total} size="sm" aria-label={t('state.running')} /></Stack>
        : <StateBadge state={row.state} />,
    },
    { key: 'created_count', label: t('columns.created'), align: 'right', render: row => <Text size="sm">{format.number(row.contacts_created)}</Text> },
    { key: 'updated_count', label: t('columns.updated'), align: 'right', render: row => <Text size="sm">{format.number(row.kind === 'contacts' ? row.contacts_updated : row.events_created + row.records_updated)}</Text> },
    { key: 'rejected', label: t('columns.rejected'), align: 'right', render: row => <Text size="sm" c={row.rows_rejected > 0 ? 'orange' : 'dimmed'}>{format.number(row.rows_rejected)}</Text> },
    { key: 'when', label: t('columns.when'), render: row => <TimeAgo time={row.created_at} size="sm" /> },
  ]
}
