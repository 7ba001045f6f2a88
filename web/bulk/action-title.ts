import { useTranslation } from 'react-i18next'
import type { BulkAction } from '../../shared/bulk.ts'
import { useCardFields } from '../contacts/card-fields.ts'

/** What an action does, in a few words. */
export function useActionTitle(): (action: BulkAction) => string {
  const { t } = useTranslation('bulk')
  const fields = useCardFields()
  return (action) => {
    if (action.kind !== null) return t(`hygiene:acts.${action.action}.title`, { group: t(`hygiene:kinds.${action.kind}.title`) })
    if (action.action === 'tag' || action.action === 'untag') return t(`titles.${action.action}`, { tag: action.tag?.name ?? t('gone') })
    if (action.action === 'segment' || action.action === 'unsegment') return t(`titles.${action.action}`, { segment: action.segment?.name ?? t('gone') })
    if (action.action === 'tidy_names') return t('titles.tidy_names')
    if (action.action !== 'set' || action.field === null) return t('titles.delete')
    const field = fields.get(action.field)
    const label = field?.label ?? action.field
    if (action.value === null) return t('titles.emptied', { field: label })
    const shown = field === undefined ? action.value : field.asInput(action.value)
    const words = (Array.isArray(shown) ? shown : [shown]).map(each => field?.choices().find(choice => choice.value === String(each))?.label ?? String(each))
    return t('titles.set', { field: label, value: words.join(', ') })
  }
}
