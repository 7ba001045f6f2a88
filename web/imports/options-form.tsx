import { Alert, MultiSelect, Radio, Select, Stack, Switch, TagsInput, Text, Textarea, TextInput } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ColumnMapping, ImportKind, ImportOptions } from '../../shared/imports.ts'
import { eventType } from '../../shared/events.ts'
import type { Pipeline } from '../../shared/deals.ts'
import type { SegmentListRow } from '../../shared/segments.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { useTopics } from '../consent/use-topics.ts'
import { useTags } from '../contacts/use-reference.ts'
import { errorsByField } from '../ui/error-words.ts'
import { UpdateRules } from './update-rules.tsx'

const currencies = ['RUB', 'USD', 'EUR', 'GBP', 'KZT', 'BYN', 'UAH', 'CNY', 'TRY']
type Props = { kind: ImportKind, columns: { name: string, mapping: ColumnMapping }[], onColumns: (columns: ColumnMapping[]) => void, options: ImportOptions, onChange: (options: ImportOptions) => void, error: unknown }

/** What happens to the people in the file, and on what their consent rests. */
export function OptionsForm({ kind, columns, onColumns, options, onChange, error }: Props) {
  const { t, i18n } = useTranslation('imports')
  const topics = useTopics()
  const tags = useTags()
  const segments = useQuery({ queryKey: ['list', 'static-segments'], queryFn: () => api.get<Page<SegmentListRow>>('/segments?kind=static&limit=200') })
  const pipelines = useQuery({ queryKey: ['pipelines'], queryFn: () => api.get<Page<Pipeline>>('/pipelines'), enabled: kind === 'deals' })
  const { company } = useSession()
  const set = (change: Partial<ImportOptions>) => onChange({ ...options, ...change })
  const errors = errorsByField(error)
  const targets = columns.map(column => column.mapping.to)
  const updates = kind === 'contacts' || kind === 'companies' || kind === 'deals' ? kind : undefined
  const ofPeople = kind === 'contacts' || kind === 'orders' || kind === 'events' || kind === 'consents'
  const currency = options.currency ?? company.currency
  return (
    <Stack gap="md">
      {updates !== undefined && <UpdateRules kind={updates} columns={columns} options={options} onRule={update => set({ update })} onColumns={onColumns} />}
      {kind === 'deals' && !targets.includes('pipeline') && (
        <Select label={t('pipeline')} description={t('pipeline_hint')} clearable placeholder={t('pipeline_first')} data={(pipelines.data?.data ?? []).map(pipeline => ({ value: String(pipeline.id), label: pipeline.name }))} value={options.pipeline_id === null ? null : String(options.pipeline_id)} error={errors['options.pipeline_id']} onChange={value => set({ pipeline_id: value === null ? null : Number(value) })} />
      )}
      {kind === 'events' && !targets.includes('event_type') && (
        <TextInput label={t('event_type')} description={t('event_type_hint')} required placeholder="webinar.attended" maxLength={80} value={options.event_type ?? ''} error={options.event_type !== null && !eventType.safeParse(options.event_type).success && t('event_type_shape')} onChange={event => set({ event_type: event.currentTarget.value.trim() || null })} />
      )}
      {(kind === 'orders' || kind === 'deals') && (
        <>
          <Select label={t('currency')} description={t('currency_hint')} searchable allowDeselect={false} value={currency} data={[...new Set([company.currency, currency, ...currencies])]} onChange={value => value && set({ currency: value })} />
          {kind === 'orders' && currency !== company.currency && <Text size="sm" c="orange">{t('other_currency', { currency: company.currency })}</Text>}
          {kind === 'orders' && targets.includes('order_id') && (
            <Radio.Group label={t('amount_of')} value={options.amount_of} onChange={value => set({ amount_of: value as ImportOptions['amount_of'] })}>
              <Stack gap={6} mt={6}><Radio value="order" label={t('amounts.order')} /><Radio value="line" label={t('amounts.line')} /></Stack>
            </Radio.Group>
          )}
        </>
      )}
      {ofPeople && <TagsInput label={t('tags')} description={t('tags_hint')} data={tags.map(tag => tag.name)} value={options.tags} onChange={value => set({ tags: value })} maxTags={20} />}
      {ofPeople && <Select label={t('segment')} description={t('segment_hint')} searchable clearable placeholder={t('segment_none')} data={(segments.data?.data ?? []).map(row => ({ value: String(row.id), label: row.name }))} value={options.segment_id === null ? null : String(options.segment_id)} error={errors['options.segment_id']} onChange={value => set({ segment_id: value === null ? null : Number(value) })} />}
      {(ofPeople || kind === 'deals') && <TextInput label={kind === 'deals' ? t('program') : t('source')} description={kind === 'deals' ? t('program_hint') : t('source_hint')} maxLength={200} value={options.source} onChange={event => set({ source: event.currentTarget.value })} />}
      {kind === 'contacts' && <Switch label={t('as_leads')} description={t('as_leads_hint')} checked={options.as_leads} onChange={event => set({ as_leads: event.currentTarget.checked })} />}
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
          <Alert color="gray" variant="light" icon={<IconShieldCheck size={18} />}><Text size="sm">{kind === 'consents' ? t('consent_proof_note') : targets.includes('subscription') ? t('consent_status_note') : t('consent_note')}</Text></Alert>
        </Stack>
      )}
    </Stack>
  )
}
