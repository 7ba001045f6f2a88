import { useTranslation } from 'react-i18next'
import type { MappedField } from '../../shared/data-map.ts'
import { useLabels, useVocabulary } from '../conditions/vocabulary.ts'

/** What a person calls a field of the card. */
export function useFieldLabel() {
  const { t } = useTranslation('contacts')
  const labels = useLabels(useVocabulary().data)
  return ({ field, label }: Pick<MappedField, 'field' | 'label'>): string => label || t(`fields.${field === 'owner_id' ? 'owner' : field}`, { defaultValue: labels.field(field) })
}
