import { Alert, Anchor, Badge, Button, Group, Paper, Progress, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconArrowBackUp, IconDownload } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ImportRejection, ImportView } from '../../shared/imports.ts'
import { api, apiUrl } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { serverWords } from '../ui/server-words.ts'
import { StatNumber } from '../ui/stat-number.tsx'
import { useList } from '../ui/use-list.ts'

/** What an import has done so far, and what of the file was not taken. */
export function Report({ view, onView }: { view: ImportView, onView: (view: ImportView) => void }) {
  const { t } = useTranslation('imports')
  const format = useFormat()
  const may = useMay('marketing')
  const act = useMutation({ mutationFn: (what: 'run' | 'stop' | 'undo') => what === 'stop' ? api.delete<ImportView>(`/imports/${view.id}/run`) : api.post<ImportView>(`/imports/${view.id}/${what === 'undo' ? 'reversal' : 'run'}`), onSuccess: onView })
  const isWorking = ['queued', 'running', 'undoing'].includes(view.state)
  const ofRecords = view.kind === 'companies' || view.kind === 'deals'
  const behind = (list: 'contacts' | 'records', what: 'created' | 'updated', number: number) => number > 0 && view.state !== 'undone' ? `/imports/${view.id}/${list}?what=${what}` : null
  const undo = () => confirmDelete({ title: t('undo_title'), text: t('undo_text'), confirm: t('undo'), onConfirm: () => act.mutateAsync('undo') })
  return (
    <Stack gap="lg">
      {isWorking && (
        <Paper>
          <Stack gap="xs">
            <Group justify="space-between">
              <Text size="sm" fw={500}>{view.state === 'undoing' ? t('undoing') : view.rows_total === 0 ? t('checking') : t('progress', { done: format.number(view.rows_done), total: format.number(view.rows_total) })}</Text>
              {may && view.state !== 'undoing' && <Button size="xs" variant="default" loading={act.isPending} onClick={() => act.mutate('stop')}>{t('stop')}</Button>}
            </Group>
            <Progress value={view.state === 'undoing' || view.rows_total === 0 ? 100 : 100 * view.rows_done / view.rows_total} animated={view.state === 'undoing' || view.rows_total === 0} size="lg" aria-label={t('state.running')} />
            <Text size="xs" c="dimmed">{t('may_leave')}</Text>
          </Stack>
        </Paper>
      )}
      {view.error !== null && <Alert color="red" icon={<IconAlertTriangle size={18} />} title={t('failed')}>{serverWords(view.error)}</Alert>}
      <ErrorNotice error={act.error} />
      <Paper p="sm">
        <SimpleGrid cols={{ base: 2, sm: 5 }} spacing="xs">
          {view.kind !== 'companies' && view.kind !== 'suppressions' && <StatNumber label={t('report.created')} value={format.number(view.contacts_created)} people={behind('contacts', 'created', view.contacts_created)} />}
          {view.kind === 'contacts'
            ? <StatNumber label={t('report.updated')} value={format.number(view.contacts_updated)} people={behind('contacts', 'updated', view.contacts_updated)} />
            : <StatNumber label={t(`records.${view.kind}`)} value={format.number(view.events_created)} people={ofRecords ? behind('records', 'created', view.events_created) : null} />}
          {ofRecords && <StatNumber label={t(`records_changed.${view.kind}`)} value={format.number(view.records_updated)} people={behind('records', 'updated', view.records_updated)} />}
          <StatNumber label={t('report.unchanged')} value={format.number(view.rows_unchanged)} />
          <StatNumber label={t('report.rejected')} value={format.number(view.rows_rejected)} />
        </SimpleGrid>
      </Paper>
      {may && !isWorking && (
        <Group gap="xs">
          {view.state === 'failed' && <Button loading={act.isPending} onClick={() => act.mutate('run')}>{t('go_on')}</Button>}
          {view.can_undo && <Button variant="default" leftSection={<IconArrowBackUp size={16} />} onClick={undo}>{t('undo')}</Button>}
        </Group>
      )}
      <Rejections view={view} />
      <Text size="xs" c="dimmed">{t('about', { file: view.file_name, encoding: view.format === 'csv' ? t(`encodings.${view.encoding}`) : t(`formats.${view.format}`), when: format.dayAndTime(view.created_at) })}</Text>
    </Stack>
  )
}

function Rejections({ view }: { view: ImportView }) {
  const { t } = useTranslation('imports')
  const list = useList<ImportRejection>(`/imports/${view.id}/rejections?done=${view.rows_done}`)
  if (list.isError) return <ErrorNotice error={list.error} retry={() => void list.refetch()} />
  if (list.rows.length === 0) return null
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h3">{t('rejections.title')}</Title>
        <Anchor size="sm" href={apiUrl(`/imports/${view.id}/rejections.csv`)} download><Group gap={4} component="span"><IconDownload size={15} aria-hidden />{t('rejections.download')}</Group></Anchor>
      </Group>
      <Paper p={0}>
        <Table.ScrollContainer minWidth={560}>
          <Table verticalSpacing={6}>
            <Table.Thead><Table.Tr><Table.Th w={70}>{t('line')}</Table.Th><Table.Th>{t('reason')}</Table.Th><Table.Th>{t('rejections.row')}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {list.rows.map(row => (
                <Table.Tr key={row.line}>
                  <Table.Td><Text size="sm" c="dimmed">{row.line}</Text></Table.Td>
                  <Table.Td>
                    <Text size="sm">{row.field !== null && `${t(`targets.${row.field}`, { defaultValue: row.field })}: `}{serverWords(row.reason)}</Text>
                    {row.kept && <Badge size="xs" color="gray">{t('rejections.kept')}</Badge>}
                  </Table.Td>
                  <Table.Td maw={420}><Text size="xs" c="dimmed" lineClamp={2}>{row.row.join(' · ')}</Text></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </Paper>
    </Stack>
  )
}
