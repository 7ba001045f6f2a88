import { Alert, Center, Loader, Paper, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ImportEstimate, ImportView } from '../../shared/imports.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { serverWords } from '../ui/server-words.ts'
import { StatNumber } from '../ui/stat-number.tsx'

/** What the import will do, counted before it does it. */
export function Estimate({ view }: { view: ImportView }) {
  const { t } = useTranslation('imports')
  const format = useFormat()
  const query = useQuery({ queryKey: ['import-estimate', view.id, view.columns, view.options, view.kind], gcTime: 0, queryFn: ({ signal }) => api.post<ImportEstimate>(`/imports/${view.id}/estimate`, undefined, { signal }) })
  if (query.isPending) return <Center py="xl"><Stack align="center" gap="xs"><Loader type="dots" /><Text size="sm" c="dimmed">{t('counting')}</Text></Stack></Center>
  if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />
  const { rows, complete, contacts_new, contacts_known, duplicates, orders, orders_known, rejected, reasons } = query.data
  return (
    <Stack gap="md">
      <Title order={2} size="h3">{t('estimate.title')}</Title>
      {!complete && <Alert color="gray">{t('estimate.partial', { rows: format.number(rows) })}</Alert>}
      <Paper p="sm">
        <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xs">
          <StatNumber label={t('estimate.rows')} value={format.number(rows)} />
          {view.kind === 'orders' && <StatNumber label={t('estimate.orders')} value={format.number(orders)} {...(orders_known > 0 ? { hint: t('estimate.orders_known', { number: format.number(orders_known) }) } : {})} />}
          <StatNumber label={t('estimate.new')} value={format.number(contacts_new)} />
          <StatNumber label={t('estimate.known')} value={format.number(contacts_known)} hint={view.kind === 'contacts' ? t(`estimate.${view.options.update}`) : undefined} />
          {view.kind === 'contacts' && <StatNumber label={t('estimate.duplicates')} value={format.number(duplicates)} />}
          <StatNumber label={t('estimate.rejected')} value={format.number(rejected)} />
        </SimpleGrid>
      </Paper>
      {reasons.length > 0 && (
        <Paper p={0}>
          <Table>
            <Table.Thead><Table.Tr><Table.Th>{t('reason')}</Table.Th><Table.Th ta="right">{t('estimate.rows')}</Table.Th><Table.Th ta="right">{t('estimate.first_line')}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {reasons.map(reason => (
                <Table.Tr key={`${reason.field} ${reason.message}`}>
                  <Table.Td><Text size="sm">{t(`targets.${reason.field}`, { defaultValue: reason.field })}: {serverWords(reason.message)}</Text></Table.Td>
                  <Table.Td ta="right">{format.number(reason.rows)}</Table.Td>
                  <Table.Td ta="right">{reason.first_line}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Paper>
      )}
    </Stack>
  )
}
