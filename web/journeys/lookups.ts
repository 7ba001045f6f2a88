import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api.ts'
import { useVocabulary } from '../conditions/vocabulary.ts'

export type Choice = { value: string, label: string }

/** Names of what steps refer to: mails, topics, tags, segments, forms, colleagues, fields. Read once, fresh for a minute. */
export function useLookups() {
  const { i18n } = useTranslation()
  const list = <T>(key: string, path: string) => ({ queryKey: ['lookup', key], queryFn: async ({ signal }: { signal: AbortSignal }) => (await api.get<{ data: T[] }>(path, { signal })).data, staleTime: 60_000 })
  const vocabulary = useVocabulary().data
  const templates = useQuery(list<{ id: number, name: string, kind?: string }>('templates', '/templates?limit=200')).data ?? []
  const forms = useQuery(list<{ id: number, name: string }>('forms', '/forms?limit=200')).data ?? []
  const choices = (rows: { id: number, name: string }[] = []): Choice[] => rows.map(row => ({ value: String(row.id), label: row.name }))
  return {
    vocabulary,
    templates: choices(templates),
    /** templates that go to everybody, subscribed or not: they need no topic */
    transactional: new Set(templates.filter(template => template.kind === 'transactional').map(template => template.id)),
    topics: (vocabulary?.topics ?? []).map(topic => ({ value: String(topic.id), label: i18n.language === 'ru' ? topic.name_ru : topic.name_en })),
    tags: choices(vocabulary?.tags),
    segments: choices(vocabulary?.segments),
    forms: choices(forms),
    users: choices(vocabulary?.users),
    fields: vocabulary?.custom_fields ?? [],
  }
}
export type Lookups = ReturnType<typeof useLookups>

export const labelOf = (choices: Choice[], id: number | null): string | undefined => choices.find(choice => choice.value === String(id))?.label
