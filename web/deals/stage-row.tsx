import { ActionIcon, Group, MultiSelect, NumberInput, Paper, Select, TextInput } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconGripVertical, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { stageKind, stageRequirement } from '../../shared/deals.ts'
import classes from './deals.module.css'
import type { Row } from './pipeline-form.tsx'

type Props = {
  row: Row, index: number, last: boolean, /** of its kind */ only: boolean
  onChange: (changes: Partial<Row>) => void, onSwap: (other: number) => void, onRemove: () => void
  onDrag: (key: number | null) => void, onDrop: () => void
}

/** One stage of a pipeline as it is being set up. */
export function StageRow({ row, index, last, only, onChange, onSwap, onRemove, onDrag, onDrop }: Props) {
  const { t } = useTranslation('deals')
  const asked = stageRequirement.options.filter(field => field !== 'lost_reason' || row.kind === 'lost')
  return (
    <Paper withBorder p={8} onDragOver={event => event.preventDefault()} onDrop={(event) => { event.preventDefault(); onDrop() }}>
      <Group gap={6} wrap="nowrap">
        <span draggable className={classes.grip} aria-hidden onDragStart={() => onDrag(row.key)} onDragEnd={() => onDrag(null)}><IconGripVertical size={16} /></span>
        <TextInput flex={1} miw={0} aria-label={t('pipelines.stage_name')} maxLength={100} value={row.name} onChange={event => onChange({ name: event.currentTarget.value })} />
        <Select w={130} aria-label={t('pipelines.kind')} allowDeselect={false} disabled={row.id !== undefined} value={row.kind} data={stageKind.options.map(kind => ({ value: kind, label: t(`kinds.${kind}`) }))} onChange={kind => onChange({ kind: stageKind.parse(kind), required_fields: [] })} />
        <ActionIcon variant="subtle" color="gray" aria-label={t('pipelines.up', { name: row.name })} disabled={index === 0} onClick={() => onSwap(index - 1)}><IconArrowUp size={16} /></ActionIcon>
        <ActionIcon variant="subtle" color="gray" aria-label={t('pipelines.down', { name: row.name })} disabled={last} onClick={() => onSwap(index + 1)}><IconArrowDown size={16} /></ActionIcon>
        <ActionIcon variant="subtle" color="red" aria-label={t('pipelines.remove', { name: row.name })} disabled={only} onClick={onRemove}><IconTrash size={16} /></ActionIcon>
      </Group>
      <Group gap={6} mt={6} align="flex-end">
        {row.kind === 'open' && <NumberInput size="xs" w={120} label={t('pipelines.probability')} min={0} max={100} allowDecimal={false} clampBehavior="strict" value={row.probability} onChange={value => typeof value === 'number' && onChange({ probability: value })} />}
        {row.kind === 'open' && <NumberInput size="xs" w={120} label={t('pipelines.stale_days')} min={1} max={3650} allowDecimal={false} value={row.stale_days ?? ''} onChange={value => onChange({ stale_days: typeof value === 'number' ? value : null })} />}
        <MultiSelect size="xs" flex="1 1 220px" label={t('pipelines.asks')} value={row.required_fields} data={asked.map(field => ({ value: field, label: t(`asks.${field}`) }))} onChange={fields => onChange({ required_fields: fields.map(field => stageRequirement.parse(field)) })} />
      </Group>
    </Paper>
  )
}
