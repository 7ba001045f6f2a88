import { Anchor, Checkbox, MultiSelect, Stack, Switch, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { TemplateSummary } from '../../shared/templates.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { useTopics } from '../consent/use-topics.ts'
import { BothLanguages } from './both-languages.tsx'
import type { EditorProps } from './form-page.tsx'

/** What people subscribe to by the form, and the words they agree to. */
export function SubscriptionEditor({ definition, onChange, disabled, errors }: EditorProps) {
  const { t, i18n } = useTranslation('forms')
  const topics = useTopics()
  const templates = useQuery({ queryKey: ['choices', 'templates'], queryFn: ({ signal }) => api.get<Page<TemplateSummary>>('/templates?limit=200', { signal }), staleTime: 30_000 })
  const mail = templates.data?.data.find(template => template.system_key === 'confirmation')
  return (
    <Stack gap="md">
      <Stack gap={4}>
        <MultiSelect
          label={t('topics.label')} description={t('topics.hint')} required disabled={disabled} error={errors['topic_ids']}
          data={topics.map(topic => ({ value: String(topic.id), label: i18n.language === 'ru' ? topic.name_ru : topic.name_en }))}
          value={definition.topic_ids.map(String)}
          onChange={ids => ids.length > 0 && onChange({ topic_ids: ids.map(Number), ...(ids.length === 1 ? { show_topics: false } : {}) })}
        />
        <Anchor component={Link} to="/settings/topics" size="xs">{t('topics.make')}</Anchor>
      </Stack>
      <Checkbox label={t('topics.show')} description={t('topics.show_hint')} disabled={disabled} checked={definition.show_topics} onChange={event => onChange({ show_topics: event.currentTarget.checked })} />
      <BothLanguages label={t('texts.consent')} description={t('texts.consent_hint')} value={definition.consent_wording} onChange={consent_wording => onChange({ consent_wording })} max={4000} multiline disabled={disabled} error={errors['consent_wording']} required />
      <Switch label={t('double_opt_in')} description={t('double_opt_in_hint')} disabled={disabled} checked={definition.double_opt_in} onChange={event => onChange({ double_opt_in: event.currentTarget.checked })} />
      {!definition.double_opt_in && <Text size="sm" c="orange">{t('no_double_opt_in')}</Text>}
      {definition.double_opt_in && <Anchor component={Link} to={mail === undefined ? '/templates' : `/templates/${mail.id}`} size="sm">{t('confirmation_mail')}</Anchor>}
    </Stack>
  )
}
