import { Badge, Button, Group, Paper, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconDownload, IconFileZip } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { exportOf } from '../../shared/exports.ts'
import type { ExportFormat, ExportOf, KeptExport } from '../../shared/exports.ts'
import { api, apiUrl } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { DataList } from '../ui/data-list.tsx'
import type { Column } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { serverWords } from '../ui/server-words.ts'
import { TimeAgo } from '../ui/time-ago.tsx'

/** Every list of the program as a file, or all of them as an archive; files of the last days below. */
export function Page() {
  const { t, i18n } = useTranslation('exports')
  const client = useQueryClient()
  const refresh = () => client.invalidateQueries({ queryKey: ['list', '/exports'] })
  useLive(['exports'], () => void refresh())
  const begin = useMutation({
    mutationFn: (asked: { of: ExportOf, format: ExportFormat }) => api.post<KeptExport>('/exports', { ...asked, language: i18n.language === 'ru' ? 'ru' : 'en' }),
    onSuccess: refresh,
  })
  return (
    <Stack gap="lg">
      <PageHeader title={t('page.title')} subtitle={t('page.subtitle')} />
      <SimpleGrid cols={{ base: 2, lg: 4 }} spacing="xs">
        {exportOf.options.map(of => (
          <Paper key={of} p="sm">
            <Stack gap={8} h="100%" justify="space-between">
              <Text size="sm" fw={600}>{t(`of.${of}`)}</Text>
              <Group gap={6}>
                {of === 'everything'
                  ? <Button size="xs" leftSection={<IconFileZip size={15} />} loading={begin.isPending && begin.variables.of === of} onClick={() => begin.mutate({ of, format: 'zip' })}>{t('page.zip')}</Button>
                  : (['csv', 'xlsx'] as const).map(format => <Button key={format} size="xs" variant="default" aria-label={t('page.begin', { what: t(`of.${of}`), format: format.toUpperCase() })} onClick={() => begin.mutate({ of, format })}>{format.toUpperCase()}</Button>)}
              </Group>
            </Stack>
          </Paper>
        ))}
      </SimpleGrid>
      <ErrorNotice error={begin.error} />
      <Title order={2} size="h3">{t('lately')}</Title>
      <DataList<KeptExport> name="exports" path="/exports" columns={useColumns()} rowKey={row => row.id} minWidth={640} empty={<EmptyState icon={IconDownload} title={t('page.none')} text={t('page.none_text')} />} />
    </Stack>
  )
}

function useColumns(): Column<KeptExport>[] {
  const { t } = useTranslation('exports')
  const format = useFormat()
  return [
    { key: 'what', label: t('page.what'), fixed: true, render: row => <Group gap={6}><Text size="sm" fw={500}>{t(`of.${row.of}`)}</Text><Badge size="xs" color="gray">{row.format.toUpperCase()}</Badge></Group> },
    {
      key: 'rows', label: t('page.rows'), align: 'right',
      render: row => row.state === 'running'
        ? <Stack gap={3} w={130}><Text size="xs" c="dimmed">{t('page.progress', { done: format.number(row.done), total: format.number(row.total) })}</Text><Progress value={row.total === 0 ? 0 : row.done / row.total * 100} size="sm" aria-label={t('page.rows')} /></Stack>
        : <Text size="sm">{format.number(row.done)}</Text>,
    },
    { key: 'by', label: t('page.by'), render: row => <Stack gap={0}><TimeAgo time={row.created_at} size="sm" />{row.by !== null && <Text size="xs" c="dimmed">{row.by}</Text>}</Stack> },
    { key: 'expires', label: t('page.expires'), render: row => <Text size="sm" c="dimmed">{format.day(row.expires_at)}</Text> },
    {
      key: 'file', label: t('page.file'), fixed: true, align: 'right',
      render: (row) => {
        if (row.state === 'done') return <Button component="a" size="compact-sm" variant="default" leftSection={<IconDownload size={14} />} href={apiUrl(`/exports/${row.id}/file`)} download>{t('page.fetch')}</Button>
        if (row.state === 'running') return <Button size="compact-sm" variant="subtle" onClick={() => void api.post(`/exports/${row.id}/stop`).catch(notifyError)}>{t('stop')}</Button>
        return <Text size="xs" c={row.state === 'failed' ? 'red' : 'dimmed'}>{row.error === null ? t(row.state) : serverWords(row.error)}</Text>
      },
    },
  ]
}
