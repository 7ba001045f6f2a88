import { useTranslation } from 'react-i18next'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { useLabels } from './vocabulary.ts'

const groups: Record<string, readonly string[]> = {
  group_contact: ['email', 'phone', 'external_id', 'first_name', 'last_name', 'company', 'job_title', 'city', 'locale', 'time_zone', 'source', 'owner_id', 'created_at', 'last_event_at', 'last_visit_at'],
  group_orders: ['orders_count', 'revenue', 'average_order', 'first_order_at', 'last_order_at'],
  group_mail: ['mails_sent', 'last_mail_at', 'opens', 'last_open_at', 'clicks', 'last_click_at', 'bounced_at', 'complained_at'],
  group_subscription: ['subscribed_at', 'unsubscribed_at'],
}
const features = ['engagement_score', 'rfm_class', 'rfm_recency', 'rfm_frequency', 'rfm_monetary', 'order_interval_days', 'alive_probability', 'expected_orders', 'predicted_value']
const eventGroup = ['order.placed', 'email.opened', 'email.clicked', 'email.sent', 'form.submitted', 'page.viewed']

export type SubjectGroup = { group: string, items: { value: string, label: string }[] }

/** Everything a condition can begin with, in groups; the most used first. */
export function useSubjects(vocabulary: ConditionVocabulary, withMails: boolean): SubjectGroup[] {
  const { t } = useTranslation('conditions')
  const label = useLabels(vocabulary)
  const field = (name: string) => ({ value: `field:${name}`, label: label.field(name) })
  const types = [...eventGroup, ...vocabulary.events.map(event => event.type).filter(type => !eventGroup.includes(type))]
  const mails = [...(withMails ? [{ value: 'mail', label: t('subjects.mail') }] : []), { value: 'sent_mail', label: t('subjects.sent_mail') }]
  return [
    ...Object.entries(groups).map(([group, fields]) => ({ group: t(`subjects.${group}`), items: [...(group === 'group_mail' ? mails : []), ...fields.map(field)] })),
    ...(vocabulary.custom_fields.length === 0 ? [] : [{ group: t('subjects.group_custom'), items: vocabulary.custom_fields.map(custom => field(`fields.${custom.key}`)) }]),
    { group: t('subjects.group_features'), items: [...features.map(field), { value: 'topic_reaction', label: t('subjects.topic_reaction') }] },
    {
      group: t('subjects.group_records'),
      items: [
        { value: 'related:order', label: t('subjects.related_order') },
        { value: 'related:deal', label: t('subjects.related_deal') },
        { value: 'related:lead', label: t('subjects.related_lead') },
        { value: 'coupon', label: t('subjects.coupon') },
      ],
    },
    {
      group: t('subjects.group_belonging'),
      items: [
        { value: 'tag', label: t('subjects.tag') },
        { value: 'consent', label: t('subjects.consent') },
        { value: 'segment', label: t('subjects.segment') },
        { value: 'journey', label: t('subjects.journey') },
      ],
    },
    { group: t('subjects.group_events'), items: types.map(type => ({ value: `event:${type}`, label: label.event(type) })) },
  ]
}
