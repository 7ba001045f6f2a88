import { Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { unchosen } from './leaves.ts'

type Options<Value extends string> = readonly { value: Value, label: string }[]

/** As wide as its words, so that lines read like sentences; never wider than `most`. */
export const widthOf = (words: string | undefined, most: number): number => Math.min(most, Math.max(64, Math.ceil((words ?? '').length * 7.1) + 42))

/** One of a few words inside a sentence, never empty. */
export function Choice<Value extends string>({ label, options, value, onChange, disabled }: { label: string, options: Options<Value>, value: Value, onChange: (value: Value) => void, disabled: boolean }) {
  return (
    <Select
      size="xs" w={widthOf(options.find(option => option.value === value)?.label, 340)} maw="100%" allowDeselect={false} disabled={disabled} aria-label={label} comboboxProps={{ width: 'max-content', position: 'bottom-start' }} maxDropdownHeight={320} data={options}
      value={value} onChange={chosen => chosen !== null && onChange(chosen as Value)} searchable={options.length > 12}
    />
  )
}

type Named = readonly { id: number, name: string }[]

/** A thing with a name, found by typing; 0 is none chosen yet. With `any` the choice may be left open, and is then null. */
export function Reference<Id extends number | null>({ label, list, value, onChange, any, width = 220, disabled }: { label: string, list: Named, value: Id, onChange: (id: Id) => void, any?: string, width?: number, disabled: boolean }) {
  const { t } = useTranslation('conditions')
  const isKnown = value === null || value === unchosen || list.some(one => one.id === value)
  const data = [
    ...(any === undefined ? [] : [{ value: 'any', label: any }]),
    ...list.map(one => ({ value: String(one.id), label: one.name })),
    // What is gone is still shown, so that one sees what there is to mend.
    ...(isKnown ? [] : [{ value: String(value), label: t('sentence.gone', { id: value }) }]),
  ]
  return (
    <Select
      size="xs" w={width} maw="100%" searchable allowDeselect={false} comboboxProps={{ keepMounted: false }} disabled={disabled} aria-label={label} placeholder={t('values.choose')} data={data} limit={200} nothingFoundMessage={t('values.nothing_found')} error={!isKnown}
      value={value === null ? 'any' : value === unchosen ? null : String(value)} onChange={chosen => chosen !== null && onChange((chosen === 'any' ? null : Number(chosen)) as Id)}
    />
  )
}
