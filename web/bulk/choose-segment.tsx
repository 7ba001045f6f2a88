import { Anchor, Select, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { SegmentListRow } from '../../shared/segments.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'

type Props = {
  segment: string | null
  onSegment: (segment: string | null) => void
  /** of a new segment; null: one there is is chosen */
  name: string | null
  /** left out: no new one can be made */
  onName?: (name: string | null) => void
}

/** A static segment, one there is or a new one. */
export function ChooseSegment({ segment, onSegment, name, onName }: Props) {
  const { t } = useTranslation('contacts')
  const segments = useQuery({ queryKey: ['list', 'static-segments'], queryFn: () => api.get<Page<SegmentListRow>>('/segments?kind=static&limit=200') })
  const known = (segments.data?.data ?? []).map(row => ({ value: String(row.id), label: row.name }))
  return (
    <Stack gap={4}>
      {name === null
        ? <Select label={t('bulk.segment')} searchable placeholder={t('bulk.choose_segment')} nothingFoundMessage={t('bulk.no_segment')} data={known} value={segment} onChange={onSegment} />
        : <TextInput label={t('bulk.new_segment')} data-autofocus maxLength={200} value={name} onChange={event => onName?.(event.currentTarget.value)} />}
      {onName !== undefined && known.length > 0 && <Anchor component="button" type="button" size="xs" ta="left" onClick={() => onName(name === null ? '' : null)}>{t(name === null ? 'bulk.make_segment' : 'bulk.one_there_is')}</Anchor>}
    </Stack>
  )
}
