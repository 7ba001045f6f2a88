import { Paper, ScrollArea, Stack, Table, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { dateTargets } from '../../shared/imports.ts'
import type { ImportPreview } from '../../shared/imports.ts'
import { useFormat } from '../ui/format.ts'
import { serverWords } from '../ui/server-words.ts'

/** The first rows as they will be kept: what is cleaned and understood, not what stands in the file. */
export function RowsPreview({ preview }: { preview: ImportPreview }) {
  const { t } = useTranslation('imports')
  const format = useFormat()
  const targets = [...new Set(preview.rows.flatMap(row => Object.keys(row.stored)))]
  const label = (target: string): string => {
    if (target.startsWith('fields.')) return preview.fields.find(field => `fields.${field.key}` === target)?.label ?? target
    if (target.startsWith('new_field.')) return preview.columns[Number(target.slice(10))]?.mapping.new_field?.label ?? target
    if (target.startsWith('properties.')) return target.slice('properties.'.length)
    return target === 'name' && preview.kind === 'orders' ? t('targets.product') : t(`targets.${target}`, { defaultValue: target })
  }
  const show = (target: string, value: unknown): string => {
    if (value === undefined || value === null) return ''
    if (target === 'action') return t(`actions.${String(value)}`)
    if (target === 'reason') return t(`reasons.${String(value)}`)
    if (target === 'expected_on') return format.day(String(value))
    if (dateTargets.includes(target)) return format.dayAndTime(String(value))
    if (target === 'state') return t(`deal_states.${String(value)}`)
    if (typeof value === 'boolean') return t(value ? 'yes' : 'no')
    if (target === 'subscription') return t(`subscriptions.${String(value)}`)
    return Array.isArray(value) ? value.join(', ') : typeof value === 'number' ? format.number(value) : String(value)
  }
  if (preview.rows.length === 0) return null
  return (
    <Stack gap="xs">
      <Title order={2} size="h3">{t('preview_title')}</Title>
      <Paper p={0}>
        <ScrollArea type="auto">
          <Table miw={Math.max(500, targets.length * 140)} verticalSpacing={6}>
            <Table.Thead><Table.Tr><Table.Th w={50}>{t('line')}</Table.Th>{targets.map(target => <Table.Th key={target}>{label(target)}</Table.Th>)}<Table.Th>{t('remarks')}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {preview.rows.map(row => (
                <Table.Tr key={row.line}>
                  <Table.Td><Text size="xs" c="dimmed">{row.line}</Text></Table.Td>
                  {targets.map(target => <Table.Td key={target} maw={260}><Text size="sm" lineClamp={2}>{show(target, row.stored[target])}</Text></Table.Td>)}
                  <Table.Td miw={160}>{row.errors.map(error => <Text key={error.field} size="xs" c="orange">{label(error.field)}: {serverWords(error.message)}</Text>)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      </Paper>
    </Stack>
  )
}
