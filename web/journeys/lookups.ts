import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { conditionFields } from '../../shared/conditions.ts'
import { api } from '../app/api.ts'
import { useVocabulary } from '../conditions/vocabulary.ts'

export type Choice = { value: string, label: string }
type Named = { id: number, name: string }

/** Names of what steps refer to: mails, topics, tags, segments, forms, journeys, pipelines, pools, colleagues, fields. Read once, fresh for a minute. */
export function useLookups() {
  const { i18n } = useTranslation()
  const list = <T>(key: string, path: string) => ({ queryKey: ['lookup', key], queryFn: async ({ signal }: { signal: AbortSignal }) => (await api.get<{ data: T[] }>(path, { signal })).data, staleTime: 60_000 })
  const vocabulary = useVocabulary().data
  const templates = useQuery(list<Named & { kind?: string }>('templates', '/templates?limit=200')).data
  const forms = useQuery(list<Named>('forms', '/forms?limit=200')).data
  const segments = useQuery(list<Named & { kind?: string }>('segments', '/segments?limit=200')).data
  const russian = i18n.language === 'ru'
  return useMemo(() => {
    const choices = (rows: Named[] = []): Choice[] => rows.map(row => ({ value: String(row.id), label: row.name }))
    const customFields = vocabulary?.custom_fields ?? []
    return {
      vocabulary,
      templates: choices(templates),
      /** templates that go to everybody, subscribed or not: they need no topic */
      transactional: new Set((templates ?? []).filter(template => template.kind === 'transactional').map(template => template.id)),
      topics: (vocabulary?.topics ?? []).map(topic => ({ value: String(topic.id), label: russian ? topic.name_ru : topic.name_en })),
      tags: choices(vocabulary?.tags),
      segments: choices(vocabulary?.segments),
      /** those people are put into by hand or by a journey */
      staticSegments: choices((segments ?? []).filter(segment => segment.kind === 'static')),
      forms: choices(forms),
      users: choices(vocabulary?.users),
      journeys: choices(vocabulary?.journeys),
      pools: choices(vocabulary?.coupon_pools),
      pipelines: vocabulary?.pipelines ?? [],
      fields: customFields,
      /** names of fields that hold a date, on the card and of one's own */
      dateFields: [...Object.entries(conditionFields).filter(([, kind]) => kind === 'date').map(([name]) => name), ...customFields.filter(field => field.kind === 'date').map(field => `fields.${field.key}`)],
    }
  }, [vocabulary, templates, forms, segments, russian])
}
export type Lookups = ReturnType<typeof useLookups>

export const labelOf = (choices: Choice[], id: number | null): string | undefined => choices.find(choice => choice.value === String(id))?.label
