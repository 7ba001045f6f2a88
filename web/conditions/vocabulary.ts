import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { conditionFields } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { api } from '../app/api.ts'

/** What conditions can name; kept for a minute, since every builder and every sentence asks for it. */
export function useVocabulary() {
  return useQuery({ queryKey: ['condition-vocabulary'], queryFn: () => api.get<ConditionVocabulary>('/conditions/vocabulary'), staleTime: 60_000 })
}

const groups: Record<string, readonly string[]> = {
  group_contact: ['email', 'phone', 'external_id', 'first_name', 'last_name', 'company', 'city', 'locale', 'time_zone', 'source', 'owner_id', 'created_at', 'last_event_at', 'last_visit_at'],
  group_orders: ['orders_count', 'revenue', 'average_order', 'first_order_at', 'last_order_at'],
  group_mail: ['mails_sent', 'last_mail_at', 'opens', 'last_open_at', 'clicks', 'last_click_at', 'bounced_at', 'complained_at'],
  group_subscription: ['subscribed_at', 'unsubscribed_at'],
}
const eventGroup = ['order.placed', 'email.opened', 'email.clicked', 'email.sent', 'form.submitted', 'page.viewed']

export type SubjectGroup = { group: string, items: { value: string, label: string }[] }

/** Everything a condition can begin with, in groups; the most used first. */
export function useSubjects(vocabulary: ConditionVocabulary, withMails: boolean): SubjectGroup[] {
  const { t } = useTranslation('conditions')
  const label = useLabels(vocabulary)
  const field = (name: string) => ({ value: `field:${name}`, label: label.field(name) })
  const types = [...eventGroup, ...vocabulary.events.map(event => event.type).filter(type => !eventGroup.includes(type))]
  return [
    ...Object.entries(groups).map(([group, fields]) => ({ group: t(`subjects.${group}`), items: fields.map(field) })),
    ...(vocabulary.custom_fields.length === 0 ? [] : [{ group: t('subjects.group_custom'), items: vocabulary.custom_fields.map(custom => field(`fields.${custom.key}`)) }]),
    { group: t('subjects.group_events'), items: types.map(type => ({ value: `event:${type}`, label: label.event(type) })) },
    {
      group: t('subjects.group_other'),
      items: [
        { value: 'tag', label: t('subjects.tag') },
        { value: 'consent', label: t('subjects.consent') },
        { value: 'segment', label: t('subjects.segment') },
        ...(withMails ? [{ value: 'mail', label: t('subjects.mail') }] : []),
      ],
    },
  ]
}

/** Names a person reads for what conditions hold as keys and numbers. */
export function useLabels(vocabulary: ConditionVocabulary | undefined) {
  const { t, i18n } = useTranslation('conditions')
  const named = (list: { id: number, name: string }[] | undefined, id: number): string => list === undefined ? '…' : list.find(one => one.id === id)?.name ?? t('sentence.gone', { id })
  return {
    field: (name: string): string => {
      if (Object.hasOwn(conditionFields, name)) return t(`fields.${name}`)
      return vocabulary?.custom_fields.find(custom => `fields.${custom.key}` === name)?.label ?? name
    },
    event: (type: string): string => t(`events.${type.replaceAll('.', '_')}`, { defaultValue: type }),
    property: (name: string): string => t(`properties.${name.replaceAll('.', '_')}`, { defaultValue: name }),
    tag: (id: number): string => named(vocabulary?.tags, id),
    segment: (id: number): string => named(vocabulary?.segments, id),
    user: (id: number): string => named(vocabulary?.users, id),
    topic: (id: number | null): string => {
      if (id === null) return t('consent.any_topic')
      if (vocabulary === undefined) return '…'
      const topic = vocabulary.topics.find(one => one.id === id)
      return topic === undefined ? t('sentence.gone', { id }) : i18n.language === 'ru' ? topic.name_ru : topic.name_en
    },
  }
}
export type Labels = ReturnType<typeof useLabels>
