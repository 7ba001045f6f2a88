import { useState } from 'react'
import { Button, Group, Radio, Select, Stack, Text } from '@mantine/core'
import { IconAdjustments } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { updateRule } from '../../shared/imports.ts'
import type { ColumnMapping, ImportOptions, UpdateRule } from '../../shared/imports.ts'

type Column = { name: string, mapping: ColumnMapping }
type Props = { kind: 'contacts' | 'companies' | 'deals', columns: Column[], options: ImportOptions, onRule: (rule: UpdateRule) => void, onColumns: (columns: ColumnMapping[]) => void }

/** By these somebody or something is recognised, or it says when: there is nothing to update. */
const without = ['', 'deal_id', 'changed_at', 'tags', 'subscription']

/** Which value wins where a card, company or deal has one already: for the whole file, and for columns that differ. */
export function UpdateRules({ kind, columns, options, onRule, onColumns }: Props) {
  const { t } = useTranslation('imports')
  const [opened, setOpened] = useState(columns.some(column => column.mapping.update !== undefined))
  const isDated = columns.some(column => column.mapping.to === 'changed_at')
  const set = (index: number, rule: UpdateRule | null) => onColumns(columns.map(({ mapping: { update, ...mapping } }, at) => {
    if (at !== index) return update === undefined ? mapping : { ...mapping, update }
    return rule === null ? mapping : { ...mapping, update: rule }
  }))
  return (
    <Stack gap="xs">
      <Radio.Group label={t(`update_of.${kind}`)} value={options.update} onChange={value => onRule(value as UpdateRule)}>
        <Stack gap={6} mt={6}>
          {updateRule.options.map(rule => <Radio key={rule} value={rule} label={t(`updates.${rule}`)} description={rule === 'newest' && !isDated ? t('updates.newest_needs') : t(`updates.${rule}_hint`)} disabled={rule === 'newest' && !isDated} />)}
        </Stack>
      </Radio.Group>
      {!opened && <Group><Button size="compact-sm" variant="subtle" leftSection={<IconAdjustments size={15} />} onClick={() => setOpened(true)}>{t('rules_of_columns')}</Button></Group>}
      {opened && columns.map(({ name, mapping }, index) => without.includes(mapping.to) ? null : (
        <Group key={index} gap="sm" wrap="nowrap">
          <Text size="sm" flex={1} miw={0} truncate>{name || t('column_number', { number: index + 1 })}</Text>
          <Select
            size="xs" w={220} aria-label={t('rule_of', { name })} allowDeselect={false} value={mapping.update ?? '-'}
            data={[{ value: '-', label: t('rule_as_all') }, ...updateRule.options.map(rule => ({ value: rule, label: t(`updates.${rule}`), disabled: rule === 'newest' && !isDated }))]}
            onChange={value => set(index, value === null || value === '-' ? null : value as UpdateRule)}
          />
        </Group>
      ))}
    </Stack>
  )
}
