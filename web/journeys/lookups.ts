import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api.ts'

type Named = { id: number, name: string }
type CustomField = { key: string, label: string, kind: string, archived_at?: string | null }
export type Choice = { value: string, label: string }

/** Names of what steps refer to: mails, topics, tags, segments, forms, colleagues, fields. Read once, fresh for a minute. */
export function useLookups() {
  const { i18n } = useTranslation()
  const list = <T>(key: string, path: string) => ({ queryKey: ['lookup', key], queryFn: async ({ signal }: { signal: AbortSignal }) => (await api.get<{ data: T[] }>(path, { signal })).data, staleTime: 60_000 })
  const templates = useQuery(list<Named & { kind?: string }>('templates', '/templates?limit=200')).data ?? []
  const topics = useQuery(list<{ id: number, name_en: string, name_ru: string, archived_at?: string | null }>('topics', '/topics')).data ?? []
  const tags = useQuery(list<Named>('tags', '/tags')).data ?? []
  const segments = useQuery(list<Named>('segments', '/segments?limit=200')).data ?? []
  const forms = useQuery(list<Named>('forms', '/forms?limit=200')).data ?? []
  const users = useQuery(list<Named & { disabled_at?: string | null }>('users', '/users')).data ?? []
  const fields = useQuery(list<CustomField>('custom-fields', '/custom-fields')).data ?? []
  const choices = (rows: Named[]): Choice[] => rows.map(row => ({ value: String(row.id), label: row.name }))
  return {
    templates: choices(templates),
    topics: topics.filter(topic => !topic.archived_at).map(topic => ({ value: String(topic.id), label: i18n.language === 'ru' ? topic.name_ru : topic.name_en })),
    tags: choices(tags),
    segments: choices(segments),
    forms: choices(forms),
    users: choices(users.filter(user => !user.disabled_at)),
    fields: fields.filter(field => !field.archived_at),
  }
}
export type Lookups = ReturnType<typeof useLookups>

export const labelOf = (choices: Choice[], id: number | null): string | undefined => choices.find(choice => choice.value === String(id))?.label
