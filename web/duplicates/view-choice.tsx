import { SegmentedControl } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import { duplicateLevels, type DuplicateLevel } from '../../shared/duplicates.ts'
import { useFormat } from '../ui/format.ts'

export type View = DuplicateLevel | 'different'
const views: View[] = [...duplicateLevels, 'different']

export const viewOf = (params: URLSearchParams): View => views.find(each => each === params.get('level')) ?? 'certain'

/** How sure, with the number of each; on a phone one below the other, so that none is cut off. */
export function ViewChoice({ view, counts, different, onView }: { view: View, counts: Record<View, number>, different: string, onView: (view: View) => void }) {
  const { t } = useTranslation('duplicates')
  const format = useFormat()
  const narrow = useMediaQuery('(max-width: 48em)') ?? false
  return (
    <SegmentedControl
      aria-label={t('how_sure')} value={view} onChange={onView} orientation={narrow ? 'vertical' : 'horizontal'} fullWidth={narrow} style={narrow ? { width: '100%' } : { alignSelf: 'flex-start' }}
      data={views.map(each => ({ value: each, label: `${each === 'different' ? different : t(`views.${each}`)} ${format.number(counts[each])}` }))}
    />
  )
}
