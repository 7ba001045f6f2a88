import { Group, NumberInput, Select, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { MeasureTest } from '../../shared/conditions.ts'
import { useFormat } from '../ui/format.ts'
import { Choice, widthOf } from './choice.tsx'
import { countModes, measureOperators, measures, readCount, withCount, withMeasure, withMeasureOperator } from './counting.ts'
import type { Counted, CountMode, Measure } from './counting.ts'

type Measurable = { value: string, label: string, isMoney: boolean }
type Props<Leaf extends Counted> = {
  leaf: Leaf
  onChange: (leaf: Leaf) => void
  /** words for how many: of events or of records */
  words: 'count' | 'record_count'
  /** numbers that can be summed up; none: only a count is offered */
  measurable: Measurable[]
  /** events can be counted by days */
  withDays?: boolean
  disabled: boolean
}

/** How often, or how much: "at least 3 times", "the sum of the amount is at least 5,000". */
export function CountEditor<Leaf extends Counted>({ leaf, onChange, words, measurable, withDays = false, disabled }: Props<Leaf>) {
  const { t } = useTranslation('conditions')
  const { mode, times } = readCount(leaf)
  const chosen = leaf.measure?.of ?? mode
  const choose = (one: string | null) => {
    if (one === null) return
    if ((measures as readonly string[]).includes(one)) onChange(withMeasure(leaf, one as Measure, measurable[0]?.value ?? ''))
    else onChange(withCount(leaf, one as CountMode, times))
  }
  const counted = countModes.map(one => ({ value: one, label: t(`${words}.${one}`) }))
  return (
    <>
      <Select
        size="xs" w={widthOf(leaf.measure === undefined ? t(`${words}.${mode}`) : t(`measure.${leaf.measure.of}`), 160)} allowDeselect={false} disabled={disabled} aria-label={t('count.mode')} comboboxProps={{ width: 'max-content', position: 'bottom-start' }} maxDropdownHeight={340}
        data={measurable.length === 0 && leaf.measure === undefined ? counted : [{ group: t(words === 'count' ? 'count.group_count' : 'count.of_records'), items: counted }, { group: t('count.group_measure'), items: measures.map(one => ({ value: one, label: t(`measure.${one}`) })) }]}
        value={chosen} onChange={choose}
      />
      {leaf.measure === undefined && mode !== 'once' && mode !== 'never' && (
        <Group gap={6} wrap="nowrap">
          <NumberInput size="xs" w={60} min={1} max={1_000_000} hideControls allowDecimal={false} allowNegative={false} disabled={disabled} aria-label={t('count.number')} value={times} onChange={one => typeof one === 'number' && onChange(withCount(leaf, mode, one))} />
          {withDays
            ? (
                <Choice
                  label={t('count.days_mode')} disabled={disabled} options={[{ value: 'times', label: t('count.times', { count: times }) }, { value: 'days', label: t('count.days_unit') }]} value={leaf.by_day === true ? 'days' : 'times'}
                  onChange={unit => {
                    const { by_day: _, ...rest } = leaf
                    onChange((unit === 'days' ? { ...rest, by_day: true } : rest) as Leaf)
                  }}
                />
              )
            : words === 'count' && <Text size="sm">{t('count.times', { count: times })}</Text>}
        </Group>
      )}
      {leaf.measure !== undefined && <MeasureEditor measure={leaf.measure} measurable={measurable} disabled={disabled} onChange={measure => onChange({ ...leaf, measure })} />}
    </>
  )
}

function MeasureEditor({ measure, measurable, onChange, disabled }: { measure: MeasureTest, measurable: Measurable[], onChange: (measure: MeasureTest) => void, disabled: boolean }) {
  const { t } = useTranslation('conditions')
  const format = useFormat()
  const isMoney = measurable.find(one => one.value === measure.property)?.isMoney === true
  const sign = isMoney ? ` ${format.money(0).replace(/[\d\s.,]/g, '')}` : ''
  const options = measurable.some(one => one.value === measure.property) || measure.property === '' ? measurable : [...measurable, { value: measure.property, label: measure.property, isMoney: false }]
  const input = (value: number, label: string, change: (value: number) => void) => (
    <NumberInput size="xs" w={110} hideControls disabled={disabled} aria-label={label} decimalScale={2} suffix={sign} value={value} onChange={one => typeof one === 'number' && change(one)} />
  )
  const { value } = measure
  return (
    <>
      <Select size="xs" w={160} searchable allowDeselect={false} disabled={disabled} aria-label={t('count.measured')} placeholder={t('values.choose')} data={options.map(one => ({ value: one.value, label: one.label }))} value={measure.property === '' ? null : measure.property} onChange={property => property !== null && onChange({ ...measure, property })} />
      <Choice label={t('row.operator')} disabled={disabled} options={measureOperators.map(operator => ({ value: operator, label: t(`operators.${operator}`) }))} value={measure.operator} onChange={operator => onChange(withMeasureOperator(measure, operator))} />
      {Array.isArray(value)
        ? (
            <Group gap={6} wrap="nowrap">
              {input(value[0] ?? 0, t('values.from'), from => onChange({ ...measure, value: [from, value[1] ?? 0] }))}
              <Text size="sm">{t('values.to_number')}</Text>
              {input(value[1] ?? 0, t('values.to'), to => onChange({ ...measure, value: [value[0] ?? 0, to] }))}
            </Group>
          )
        : input(value, t('values.number'), one => onChange({ ...measure, value: one }))}
    </>
  )
}
