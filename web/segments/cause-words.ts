import { useTranslation } from 'react-i18next'
import type { Condition, Duration } from '../../shared/conditions.ts'
import { useDescribe } from '../conditions/describe.ts'
import { useLabels, useVocabulary } from '../conditions/vocabulary.ts'

/**
 * What moved somebody, in words: `field:city`, `event:order.placed`, `user:3`, `import:7`, `clock` … With the segment's
 * condition the clock says which time has passed, where there is but one in it.
 */
export function useCause(condition?: Condition): (key: string) => string {
  const { t } = useTranslation('segments')
  const vocabulary = useVocabulary()
  const labels = useLabels(vocabulary.data)
  const describe = useDescribe(vocabulary.data)
  const lengths = condition === undefined ? [] : [...new Set(durationsOf(condition).map(describe.length))]
  return (key) => {
    const [, kind, id] = /^(segment|journey|user|import):(\d+)$/.exec(key) ?? []
    if (key.startsWith('field:')) return t('because.field', { field: labels.field(key.slice('field:'.length)) })
    if (key.startsWith('event:')) return labels.event(key.slice('event:'.length))
    if (kind === 'segment') return t('because.segment', { name: labels.segment(Number(id)) })
    if (kind === 'user') return t('because.user', { name: labels.user(Number(id)) })
    if (kind === 'journey') return t('because.journey', { name: labels.journey(Number(id)) })
    if (kind === 'import') return t('because.import', { id })
    if (key.startsWith('hygiene:')) return t('because.hygiene')
    if (key === 'clock' && lengths.length === 1) return t('because.clock_length', { length: lengths[0] })
    return t(`because.${key}`, { defaultValue: key })
  }
}

/** Every length of time a condition names. */
function durationsOf(value: unknown): Duration[] {
  if (typeof value !== 'object' || value === null) return []
  if ('amount' in value && 'unit' in value && typeof value.amount === 'number' && typeof value.unit === 'string') return [value as Duration]
  return Object.values(value).flatMap(durationsOf)
}
