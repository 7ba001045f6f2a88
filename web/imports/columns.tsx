import { useState } from 'react'
import { Button, Group, Paper, SegmentedControl, Select, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core'
import { IconArrowRight, IconSearch } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { dateTargets, fieldsOfKind, numberTargets, targetsOf } from '../../shared/imports.ts'
import type { ColumnMapping, ImportPreview, ImportSettings } from '../../shared/imports.ts'
import { ValueMap } from './value-map.tsx'
import classes from './imports.module.css'

const newFieldKinds = ['text', 'number', 'money', 'date', 'boolean', 'link'] as const
/** More than so many are looked through, not looked at. */
const columnsAtOnce = 24
const groupOf = { contacts: 'card', companies: 'company', deals: 'deal', orders: 'order', events: 'event', consents: 'consent', suppressions: 'suppression' }
type Shown = 'used' | 'left_out' | 'all'
type NewField = NonNullable<ColumnMapping['new_field']>

/** Each column of the file with a few of its values, and where it goes. */
export function Columns({ importId, settings, preview, onChange }: { importId: number, settings: ImportSettings, preview: ImportPreview, onChange: (columns: ColumnMapping[]) => void }) {
  const { t } = useTranslation('imports')
  const mappings = preview.columns.map(column => column.mapping)
  const set = (index: number, mapping: ColumnMapping) => onChange(mappings.map((one, at) => at === index ? mapping : one))
  const used = new Set(mappings.map(mapping => mapping.to))
  const [shown, setShown] = useState<Shown>(mappings.length > columnsAtOnce ? 'used' : 'all')
  const [search, setSearch] = useState('')
  const [limit, setLimit] = useState(columnsAtOnce)
  const leftOut = mappings.filter(mapping => mapping.to === '').length
  const found = preview.columns.flatMap((column, index) => (shown === 'all' || (column.mapping.to === '') === (shown === 'left_out')) && `${column.name} ${column.examples.join(' ')}`.toLowerCase().includes(search.trim().toLowerCase()) ? [{ column, index }] : [])
  return (
    <Stack gap="xs">
      <Title order={2} size="h3">{t('columns_title')}</Title>
      {mappings.length > columnsAtOnce && (
        <Group gap="sm">
          <SegmentedControl aria-label={t('columns_title')} value={shown} onChange={value => { setShown(value as Shown); setLimit(columnsAtOnce) }} data={[
            { value: 'used', label: t('columns_used', { number: mappings.length - leftOut }) }, { value: 'left_out', label: t('columns_left_out', { number: leftOut }) }, { value: 'all', label: t('columns_all', { number: mappings.length }) },
          ]} />
          <TextInput aria-label={t('columns_find')} placeholder={t('columns_find')} leftSection={<IconSearch size={16} aria-hidden />} value={search} onChange={event => setSearch(event.currentTarget.value)} flex={1} miw={160} maw={320} />
        </Group>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }} spacing="xs">
        {found.slice(0, limit).map(({ column, index }) => (
          <Paper key={index} p="sm" {...(column.mapping.to === '' ? { className: classes.ignored ?? '' } : {})}>
            <Stack gap={8}>
              <Group gap={8} wrap="nowrap" align="flex-start">
                <Stack gap={0} flex={1} miw={0}>
                  <Text size="sm" fw={600} truncate>{column.name || t('column_number', { number: index + 1 })}</Text>
                  <Text size="xs" c="dimmed" lineClamp={1}>{column.examples.join(' · ') || t('no_values')}</Text>
                </Stack>
                <IconArrowRight size={16} aria-hidden />
              </Group>
              <Target name={column.name} mapping={column.mapping} preview={preview} used={used} onChange={mapping => set(index, mapping)} />
              {hasNames(column.mapping, preview) && <ValueMap importId={importId} column={index} name={column.name || t('column_number', { number: index + 1 })} mapping={column.mapping} settings={{ ...settings, columns: mappings }} onChange={mapping => set(index, mapping)} />}
            </Stack>
          </Paper>
        ))}
      </SimpleGrid>
      {found.length > limit && <Group justify="center"><Button variant="subtle" onClick={() => setLimit(limit + 5 * columnsAtOnce)}>{t('columns_more', { number: found.length - limit })}</Button></Group>}
    </Stack>
  )
}

const named = ['subscription', 'action', 'reason', 'topic', 'tags', 'locale', 'city', 'company', 'source', 'job_title', 'category', 'currency', 'pipeline', 'stage', 'state', 'owner', 'product', 'lost_reason', 'event_type']
/** Columns that hold names of things or states, which the other program may have called otherwise. */
function hasNames(mapping: ColumnMapping, preview: ImportPreview): boolean {
  const kind = mapping.to === 'new_field' ? mapping.new_field?.kind : preview.fields.find(field => `fields.${field.key}` === mapping.to)?.kind
  return named.includes(mapping.to) || ['text', 'boolean', 'choice', 'choices'].includes(kind ?? '')
}

type TargetProps = { name: string, mapping: ColumnMapping, preview: ImportPreview, used: ReadonlySet<string>, onChange: (mapping: ColumnMapping) => void }
function Target({ name, mapping, preview, used, onChange }: TargetProps) {
  const { t } = useTranslation('imports')
  const isProperty = mapping.to.startsWith('properties.')
  const property = isProperty ? mapping.to : `properties.${name.trim().replaceAll(/[\s.]+/g, '_') || 'value'}`
  const free = (value: string) => value === mapping.to || !used.has(value)
  const own = targetsOf[preview.kind].filter(free).map(value => ({ value, label: t(`targets.${value}`) }))
  const custom = preview.fields.filter(field => free(`fields.${field.key}`)).map(field => ({ value: `fields.${field.key}`, label: field.label }))
  const data = [
    { group: t('groups.nothing'), items: [{ value: '-', label: t('targets.ignore') }] },
    { group: t(`groups.${groupOf[preview.kind]}`), items: own },
    ...(fieldsOfKind[preview.kind] === undefined ? [] : [{ group: t('groups.custom'), items: [...custom, { value: 'new_field', label: t('targets.new_field') }] }]),
    ...(preview.kind === 'events' ? [{ group: t('groups.property'), items: [{ value: property, label: t('targets.property') }] }] : []),
  ]
  const kind = mapping.to.startsWith('fields.') ? preview.fields.find(field => `fields.${field.key}` === mapping.to)?.kind : mapping.new_field?.kind
  const choose = (value: string | null) => {
    if (value === null) return
    if (value === '-') onChange({ to: '' })
    else if (value === 'new_field') onChange({ to: 'new_field', new_field: { label: name || t('new_field_name'), kind: 'text' } })
    else onChange({ to: value, ...(mapping.update ? { update: mapping.update } : {}), ...(mapping.values ? { values: mapping.values } : {}), ...(mapping.date_format ? { date_format: mapping.date_format } : {}), ...(mapping.decimal ? { decimal: mapping.decimal } : {}) })
  }
  const isDate = dateTargets.includes(mapping.to) || kind === 'date'
  const isNumber = numberTargets.includes(mapping.to) || (isProperty && mapping.decimal !== undefined) || kind === 'number' || kind === 'money'
  return (
    <>
      <Select aria-label={t('target_of', { name })} searchable allowDeselect={false} value={mapping.to === '' ? '-' : mapping.to} data={data} onChange={choose} comboboxProps={{ width: 260, position: 'bottom-start' }} />
      {mapping.to === 'new_field' && mapping.new_field !== undefined && (
        <Group gap={6} wrap="nowrap" align="flex-start">
          <TextInput size="xs" flex={1} aria-label={t('new_field_name')} value={mapping.new_field.label} maxLength={200} error={mapping.new_field.label.trim() === ''} onChange={event => onChange({ ...mapping, new_field: { ...mapping.new_field!, label: event.currentTarget.value } })} />
          <Select size="xs" w={120} aria-label={t('new_field_kind')} allowDeselect={false} value={mapping.new_field.kind} data={newFieldKinds.map(value => ({ value, label: t(`field_kinds.${value}`) }))} onChange={value => value && onChange({ ...mapping, new_field: { ...mapping.new_field!, kind: value as NewField['kind'] } })} />
        </Group>
      )}
      {isProperty && <TextInput size="xs" aria-label={t('property_name')} value={mapping.to.slice('properties.'.length)} maxLength={200} error={!/^[^.]+(\.[^.]+)*$/.test(mapping.to.slice('properties.'.length))} onChange={event => onChange({ ...mapping, to: `properties.${event.currentTarget.value}` })} />}
      {isDate && <Select size="xs" label={t('date_format')} allowDeselect={false} value={mapping.date_format ?? 'dmy'} data={(['dmy', 'mdy', 'ymd'] as const).map(value => ({ value, label: t(`date_formats.${value}`) }))} onChange={value => value && onChange({ ...mapping, date_format: value as 'dmy' })} />}
      {isNumber && <Select size="xs" label={t('decimal')} allowDeselect={false} value={mapping.decimal ?? '.'} data={[{ value: '.', label: t('decimals.point') }, { value: ',', label: t('decimals.comma') }]} onChange={value => value && onChange({ ...mapping, decimal: value as '.' })} />}
    </>
  )
}
