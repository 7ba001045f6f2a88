import { Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useEditor } from './editor.ts'
import { outline, possibleTargets } from './outline.ts'
import type { Place } from './ways.ts'

/** Where a way leads: to a step, called by its number in the list, or to the end. */
export function WaySelect({ label, place, to }: { label: string, place: Place, to: string | null }) {
  const { t } = useTranslation('journeys')
  const { graph, words, leadTo, readOnly } = useEditor()
  const numbers = new Map(outline(graph).flatMap(row => row.kind === 'step' ? [[row.key, row.number] as const] : []))
  const name = (key: string) => {
    const step = graph.steps[key]
    if (!step) return key
    const summary = words.summary(step, graph)
    return `${numbers.has(key) ? `${numbers.get(key)}. ` : ''}${words.title(step)}${summary === undefined ? '' : ` · ${summary}`}`
  }
  const targets = [...new Set([...possibleTargets(graph, place), ...to === null ? [] : [to]])]
  return (
    <Select
      size="xs" label={label} disabled={readOnly} allowDeselect={false} searchable={targets.length > 8} comboboxProps={{ withinPortal: true }}
      data={[{ value: '', label: t('journey_ends') }, ...targets.map(key => ({ value: key, label: name(key) }))]}
      value={to ?? ''} onChange={key => leadTo(place, key === '' || key === null ? null : key)}
    />
  )
}
