import { MultiSelect, Select, Stack, Switch, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useTags, useUsers } from '../contacts/use-reference.ts'
import { BothLanguages } from './both-languages.tsx'
import type { EditorProps } from './form-page.tsx'

/** What happens when the form is sent in. */
export function AfterSending({ definition, onChange, disabled, errors }: EditorProps) {
  const { t } = useTranslation('forms')
  const tags = useTags()
  const users = useUsers()
  const owner = String(definition.lead_owner)
  return (
    <Stack gap="md">
      <BothLanguages label={t('texts.success')} description={t('texts.success_hint')} value={definition.success} onChange={success => onChange({ success })} max={2000} multiline disabled={disabled} error={errors['success']} required />
      <TextInput label={t('redirect')} description={t('redirect_hint')} placeholder="https://" type="url" disabled={disabled} error={errors['redirect_url']} value={definition.redirect_url} onChange={event => onChange({ redirect_url: event.currentTarget.value.trim() })} />
      <Switch label={t('lead.creates')} description={t('lead.creates_hint')} disabled={disabled} checked={definition.creates_lead} onChange={event => onChange({ creates_lead: event.currentTarget.checked })} />
      {definition.creates_lead && (
        <Select
          label={t('lead.owner')} disabled={disabled} error={errors['lead_owner']} allowDeselect={false} value={owner}
          onChange={value => value !== null && onChange({ lead_owner: value === 'rules' || value === 'nobody' ? value : Number(value) })}
          data={[{ value: 'rules', label: t('lead.rules') }, { value: 'nobody', label: t('lead.nobody') }, ...users.map(user => ({ value: String(user.id), label: user.name }))]}
        />
      )}
      <MultiSelect label={t('tags.label')} description={t('tags.hint')} disabled={disabled} searchable error={errors['tag_ids']} data={tags.map(tag => ({ value: String(tag.id), label: tag.name }))} value={definition.tag_ids.map(String)} onChange={ids => onChange({ tag_ids: ids.map(Number) })} />
      <TextInput label={t('source')} description={t('source_hint')} maxLength={200} disabled={disabled} value={definition.source} onChange={event => onChange({ source: event.currentTarget.value })} />
    </Stack>
  )
}
