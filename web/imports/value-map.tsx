import { useState } from 'react'
import { Badge, Button, Center, Group, Loader, Modal, ScrollArea, Select, Stack, Switch, Table, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ColumnMapping, ImportSettings, ImportValues } from '../../shared/imports.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'

const states = ['granted', 'withdrawn', 'bounced', 'complained', 'unknown'] as const
type Props = { importId: number, column: number, name: string, mapping: ColumnMapping, settings: ImportSettings, onChange: (mapping: ColumnMapping) => void }

/** What each value of a column is in Otklik. What is not said is taken as it stands. */
export function ValueMap(props: Props) {
  const { t } = useTranslation('imports')
  const [opened, setOpened] = useState(false)
  const count = Object.keys(props.mapping.values ?? {}).length
  return (
    <>
      <Group><Button size="compact-xs" variant="subtle" onClick={() => setOpened(true)}>{count === 0 ? t('values.open') : t('values.open_some', { number: count })}</Button></Group>
      <Modal opened={opened} onClose={() => setOpened(false)} title={t('values.title', { name: props.name })} size="lg">
        {opened && <Values {...props} onDone={() => setOpened(false)} />}
      </Modal>
    </>
  )
}

function Values({ importId, column, mapping, settings, onChange, onDone }: Props & { onDone: () => void }) {
  const { t } = useTranslation('imports')
  const format = useFormat()
  const [onlyUnclear, setOnlyUnclear] = useState(false)
  const query = useQuery({
    queryKey: ['import-values', importId, column, settings.encoding, settings.delimiter, settings.has_header, settings.sheet, mapping.to],
    queryFn: ({ signal }) => api.post<ImportValues>(`/imports/${importId}/columns/${column}/values`, { ...settings, options: undefined }, { signal }),
  })
  if (query.isPending) return <Center py="xl"><Loader type="dots" /></Center>
  if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />
  const { values, different, complete } = query.data
  const isState = mapping.to === 'subscription' || mapping.to === 'action' || mapping.to === 'reason'
  const map = mapping.values ?? {}
  const set = (value: string, to: string | null) => {
    const { [value.toLowerCase()]: _, ...others } = map
    const next = to === null ? others : { ...others, [value.toLowerCase()]: to }
    const { values: _values, ...rest } = mapping
    onChange(Object.keys(next).length === 0 ? rest : { ...rest, values: next })
  }
  const isUnclear = (each: ImportValues['values'][number]) => each.taken_for === 'unknown' && map[each.value.toLowerCase()] === undefined && map['*'] === undefined
  const unclear = values.filter(isUnclear).length
  if (values.length === 0) return <Text size="sm" c="dimmed">{t('values.none')}</Text>
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">{complete ? t('values.text') : t('values.text_some', { number: format.number(different) })}</Text>
      {unclear > 0 && <Switch label={t('values.unclear_only', { number: unclear })} checked={onlyUnclear} onChange={event => setOnlyUnclear(event.currentTarget.checked)} />}
      <ScrollArea.Autosize mah="55vh">
        <Table verticalSpacing={6}>
          <Table.Thead><Table.Tr><Table.Th>{t('values.in_file')}</Table.Th><Table.Th ta="right">{t('estimate.rows')}</Table.Th><Table.Th>{t('values.in_otklik')}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {values.filter(each => !onlyUnclear || isUnclear(each)).map(each => (
              <Table.Tr key={each.value}>
                <Table.Td maw={240}><Text size="sm" lineClamp={2} {...(each.value === '' ? { c: 'dimmed' } : {})}>{each.value || t('values.empty')}</Text>{isUnclear(each) && <Badge size="xs" color="orange">{t('values.unclear')}</Badge>}</Table.Td>
                <Table.Td ta="right">{format.number(each.rows)}</Table.Td>
                <Table.Td>
                  {isState
                    ? <Select size="xs" aria-label={t('values.of', { value: each.value || t('values.empty') })} allowDeselect={false} value={map[each.value.toLowerCase()] ?? (each.value === '' ? null : map['*'] ?? each.taken_for)} data={states.map(value => ({ value, label: t(`subscriptions.${value}`) }))} onChange={value => set(each.value, value === null || (value === each.taken_for && map['*'] === undefined) ? null : value)} />
                    : <TextInput size="xs" aria-label={t('values.of', { value: each.value || t('values.empty') })} maxLength={200} placeholder={each.value} value={map[each.value.toLowerCase()] ?? ''} onChange={event => set(each.value, event.currentTarget.value === '' ? null : event.currentTarget.value)} />}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
      <Group justify="flex-end"><Button onClick={onDone}>{t('values.done')}</Button></Group>
    </Stack>
  )
}
