import { Alert, Anchor, Badge, Center, Loader, Paper, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
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
  const { rows, complete, contacts_new, contacts_known, contacts_changed, duplicates, records, records_changed, records_known, rejected, reasons, examples } = query.data
  return (
    <Stack gap="md">
      <Stack gap={2}>
        <Title order={2} size="h3">{t('estimate.title')}</Title>
        <Text size="sm" c="dimmed">{t('estimate.nothing_written')}</Text>
      </Stack>
      {!complete && <Alert color="gray">{t('estimate.partial', { rows: format.number(rows) })}</Alert>}
      <Paper p="sm">
        <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xs">
          <StatNumber label={t('estimate.rows')} value={format.number(rows)} />
          {view.kind !== 'contacts' && <StatNumber label={t(`records.${view.kind}`)} value={format.number(records)} {...(records_known > 0 ? { hint: t('estimate.records_known', { number: format.number(records_known) }) } : {})} />}
          {(view.kind === 'companies' || view.kind === 'deals') && <StatNumber label={t(`records_changed.${view.kind}`)} value={format.number(records_changed)} />}
          {view.kind !== 'suppressions' && view.kind !== 'companies' && <StatNumber label={t('estimate.new')} value={format.number(contacts_new)} />}
          {view.kind === 'contacts' && <StatNumber label={t('estimate.changed')} value={format.number(contacts_changed)} {...(contacts_known > contacts_changed ? { hint: t('estimate.unchanged', { number: format.number(contacts_known - contacts_changed) }) } : {})} />}
          {view.kind === 'contacts' && duplicates > 0 && <StatNumber label={t('estimate.duplicates')} value={format.number(duplicates)} />}
          <StatNumber label={t('estimate.rejected')} value={format.number(rejected)} />
        </SimpleGrid>
      </Paper>
      {examples.length > 0 && <Examples examples={examples} />}
      {reasons.length > 0 && (
        <Paper p={0}>
          <Table>
            <Table.Thead><Table.Tr><Table.Th>{t('reason')}</Table.Th><Table.Th ta="right">{t('estimate.rows')}</Table.Th><Table.Th ta="right">{t('estimate.first_line')}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {reasons.map(reason => (
                <Table.Tr key={`${reason.field} ${reason.message} ${reason.kept}`}>
                  <Table.Td><Text size="sm">{t(`targets.${reason.field}`, { defaultValue: reason.field })}: {serverWords(reason.message)}</Text>{reason.kept && <Badge size="xs" color="gray">{t('rejections.kept')}</Badge>}</Table.Td>
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

/** Some cards as they are and as they would be. */
function Examples({ examples }: Pick<ImportEstimate, 'examples'>) {
  const { t } = useTranslation('imports')
  const show = (value: unknown): string => value === null ? '—' : Array.isArray(value) ? value.join(', ') : String(value)
  return (
    <Stack gap="xs">
      <Title order={3} size="h4">{t('estimate.examples')}</Title>
      <Paper p={0}>
        <Table.ScrollContainer minWidth={520}>
          <Table verticalSpacing={6}>
            <Table.Thead><Table.Tr><Table.Th>{t(`example_of.${examples[0]!.kind}`)}</Table.Th><Table.Th>{t('estimate.field')}</Table.Th><Table.Th>{t('estimate.before')}</Table.Th><Table.Th>{t('estimate.after')}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {examples.flatMap(({ kind, id, name, changes }) => changes.map(({ field, before, after }, index) => (
                <Table.Tr key={`${id} ${field}`}>
                  <Table.Td>{index === 0 && (kind === 'deal' ? <Text size="sm">{name}</Text> : <Anchor component={Link} to={kind === 'company' ? `/companies/${id}` : `/contacts/${id}`} size="sm">{name}</Anchor>)}</Table.Td>
                  <Table.Td><Text size="sm">{t(`targets.${field.replace(/_id$/, '')}`, { defaultValue: field.replace(/^fields\./, '') })}</Text></Table.Td>
                  <Table.Td><Text size="sm" c="dimmed">{show(before)}</Text></Table.Td>
                  <Table.Td><Text size="sm">{show(after)}</Text></Table.Td>
                </Table.Tr>
              )))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Paper>
    </Stack>
  )
}
