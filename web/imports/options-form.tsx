import { Alert, MultiSelect, Radio, Select, Stack, Switch, TagsInput, Text, Textarea, TextInput } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ImportKind, ImportOptions } from '../../shared/imports.ts'
import type { SegmentListRow } from '../../shared/segments.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { useTopics } from '../consent/use-topics.ts'
import { useTags } from '../contacts/use-reference.ts'
import { errorsByField } from '../ui/error-words.ts'

const currencies = ['RUB', 'USD', 'EUR', 'GBP', 'KZT', 'BYN', 'UAH', 'CNY', 'TRY']
type Props = { kind: ImportKind, hasOrderIds: boolean, hasSubscription: boolean, options: ImportOptions, onChange: (options: ImportOptions) => void, error: unknown }

/** What happens to the people in the file, and on what their consent rests. */
export function OptionsForm({ kind, hasOrderIds, hasSubscription, options, onChange, error }: Props) {
  const { t, i18n } = useTranslation('imports')
  const topics = useTopics()
  const tags = useTags()
  const segments = useQuery({ queryKey: ['list', 'static-segments'], queryFn: () => api.get<Page<SegmentListRow>>('/segments?kind=static&limit=200') })
  const { company } = useSession()
  const set = (change: Partial<ImportOptions>) => onChange({ ...options, ...change })
  const errors = errorsByField(error)
  const currency = options.currency ?? company.currency
  return (
    <Stack gap="md">
      {kind === 'contacts' && (
        <Radio.Group label={t('update')} value={options.update} onChange={update => set({ update: update as ImportOptions['update'] })}>
          <Stack gap={6} mt={6}>
            <Radio value="overwrite" label={t('updates.overwrite')} description={t('updates.overwrite_hint')} />
            <Radio value="only_empty" label={t('updates.only_empty')} description={t('updates.only_empty_hint')} />
          </Stack>
        </Radio.Group>
      )}
      {kind === 'orders' && (
        <>
          <Select label={t('currency')} description={t('currency_hint')} searchable allowDeselect={false} value={currency} data={[...new Set([company.currency, currency, ...currencies])]} onChange={value => value && set({ currency: value })} />
          {currency !== company.currency && <Text size="sm" c="orange">{t('other_currency', { currency: company.currency })}</Text>}
          {hasOrderIds && (
            <Radio.Group label={t('amount_of')} value={options.amount_of} onChange={value => set({ amount_of: value as ImportOptions['amount_of'] })}>
              <Stack gap={6} mt={6}><Radio value="order" label={t('amounts.order')} /><Radio value="line" label={t('amounts.line')} /></Stack>
            </Radio.Group>
          )}
        </>
      )}
      {kind !== 'suppressions' && <TagsInput label={t('tags')} description={t('tags_hint')} data={tags.map(tag => tag.name)} value={options.tags} onChange={value => set({ tags: value })} maxTags={20} />}
      {kind !== 'suppressions' && <Select label={t('segment')} description={t('segment_hint')} searchable clearable placeholder={t('segment_none')} data={(segments.data?.data ?? []).map(row => ({ value: String(row.id), label: row.name }))} value={options.segment_id === null ? null : String(options.segment_id)} error={errors['options.segment_id']} onChange={value => set({ segment_id: value === null ? null : Number(value) })} />}
      {kind !== 'suppressions' && <TextInput label={t('source')} description={t('source_hint')} maxLength={200} value={options.source} onChange={event => set({ source: event.currentTarget.value })} />}
      {kind === 'suppressions' && <Text size="sm" c="dimmed">{t('suppression_note')}</Text>}
      {(kind === 'contacts' || kind === 'consents') && (
        <Stack gap="sm">
          <Switch label={kind === 'consents' ? t('consent_file') : t('consent')} description={kind === 'consents' ? undefined : t('consent_hint')} checked={options.consent !== null} onChange={event => set({ consent: event.currentTarget.checked ? { topic_ids: topics.slice(0, 1).map(topic => topic.id), wording: '' } : null })} />
          {options.consent !== null && (
            <>
              <MultiSelect
                label={t('consent_topics')} required value={options.consent.topic_ids.map(String)}
                data={topics.map(topic => ({ value: String(topic.id), label: i18n.language === 'ru' ? topic.name_ru : topic.name_en }))}
                onChange={ids => ids.length > 0 && set({ consent: { ...options.consent!, topic_ids: ids.map(Number) } })}
              />
              <Textarea label={t('consent_wording')} description={t('consent_wording_hint')} placeholder={t('consent_example')} required autosize minRows={2} maxLength={4000} error={errors['options.consent.wording']} value={options.consent.wording} onChange={event => set({ consent: { ...options.consent!, wording: event.currentTarget.value } })} />
            </>
          )}
          <Alert color="gray" variant="light" icon={<IconShieldCheck size={18} />}><Text size="sm">{kind === 'consents' ? t('consent_proof_note') : hasSubscription ? t('consent_status_note') : t('consent_note')}</Text></Alert>
        </Stack>
      )}
    </Stack>
  )
}
