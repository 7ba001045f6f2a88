import { ActionIcon, Paper, Table, Text, Title } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { DmarcReport } from '../../shared/reputation.ts'
import { api } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { useList } from '../ui/use-list.ts'

/** What was taken in. A report can be taken out again: anybody can send one. */
export function DmarcReports() {
  const { t } = useTranslation('dmarc')
  const { user } = useSession()
  const format = useFormat()
  const client = useQueryClient()
  const list = useList<DmarcReport>('/dmarc-reports')
  if (list.rows.length === 0) return null
  const remove = async (id: number) => {
    await api.delete(`/dmarc-reports/${id}`)
    await Promise.all([client.invalidateQueries({ queryKey: ['dmarc'] }), client.invalidateQueries({ queryKey: ['list', '/dmarc-reports'] })])
  }
  return (
    <Paper p="md">
      <Title order={2} size="h4" mb="xs">{t('taken')}</Title>
      <Table.ScrollContainer minWidth={560}>
        <Table verticalSpacing={6} style={{ fontVariantNumeric: 'tabular-nums' }}>
          <Table.Thead><Table.Tr><Table.Th>{t('from')}</Table.Th><Table.Th>{t('domain')}</Table.Th><Table.Th>{t('day')}</Table.Th><Table.Th ta="right">{t('mails')}</Table.Th><Table.Th ta="right">{t('passed')}</Table.Th><Table.Td /></Table.Tr></Table.Thead>
          <Table.Tbody>
            {list.rows.map(report => (
              <Table.Tr key={report.id}>
                <Table.Td><Text size="sm">{report.org_name}</Text><Text size="xs" c="dimmed">{t(`came_by.${report.source}`)}</Text></Table.Td>
                <Table.Td>{report.domain}</Table.Td>
                <Table.Td>{format.day(report.begins_at)}</Table.Td>
                <Table.Td ta="right">{format.number(report.mails)}</Table.Td>
                <Table.Td ta="right">{report.mails === 0 ? '–' : format.percent(report.passed / report.mails)}</Table.Td>
                <Table.Td ta="right">{user.role === 'administrator' && <ActionIcon variant="subtle" color="gray" aria-label={t('remove')} title={t('remove')} onClick={() => confirmDelete({ title: t('remove_title'), text: t('remove_text'), onConfirm: () => remove(report.id) })}><IconTrash size={16} stroke={1.7} /></ActionIcon>}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Paper>
  )
}
