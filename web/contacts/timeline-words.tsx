import type { ReactNode } from 'react'
import { Anchor } from '@mantine/core'
import {
  IconAlertTriangle, IconArrowsJoin2, IconArrowsSplit2, IconBriefcase, IconBriefcaseOff, IconCalendarEvent, IconCheckbox, IconClick, IconClockPause, IconEye, IconFilter, IconFilterOff, IconForms, IconMailCheck, IconMailOff, IconMailOpened, IconMailX, IconMessageReply, IconNote, IconPencil, IconPhone,
  IconPoint, IconRobot, IconRoute, IconRouteOff, IconSend, IconShoppingBag, IconShoppingBagX, IconShoppingCart, IconSparkles, IconTag, IconTagOff, IconTarget, IconTargetArrow, IconTicket, IconTrophy, IconUserPlus, IconWebhook,
} from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { TimelineEntry } from '../../shared/contacts.ts'
import { useLabels, useVocabulary } from '../conditions/vocabulary.ts'
import { useCause } from '../segments/cause-words.ts'
import { useWhyWords } from '../messages/why-words.ts'
import { useFormat } from '../ui/format.ts'
import { serverWords } from '../ui/server-words.ts'
import { useByWords } from './by-words.ts'

const icons: Record<string, Icon> = {
  'email.sent': IconSend, 'email.bounced': IconMailX, 'email.failed': IconMailX, 'email.opened': IconMailOpened, 'email.clicked': IconClick, 'email.replied': IconMessageReply, 'email.complained': IconAlertTriangle,
  'email.delayed': IconClockPause, 'mail.waiting': IconClockPause, 'mail.skipped': IconMailOff, 'mail.unknown': IconMailX, 'email.auto_replied': IconRobot, 'email.unsubscribed': IconMailOff,
  'subscription.requested': IconMailCheck, 'subscription.confirmed': IconMailCheck, 'subscription.withdrawn': IconMailOff,
  'form.submitted': IconForms, 'page.viewed': IconEye, 'cart.updated': IconShoppingCart, 'order.placed': IconShoppingBag, 'order.cancelled': IconShoppingBagX, 'coupon.redeemed': IconTicket,
  'contact.created': IconUserPlus, 'contact.updated': IconPencil, 'field.refused': IconAlertTriangle, 'contact.merged': IconArrowsJoin2, 'contact.unmerged': IconArrowsSplit2, 'tag.added': IconTag, 'tag.removed': IconTagOff,
  'segment.entered': IconFilter, 'segment.left': IconFilterOff, 'journey.entered': IconRoute, 'journey.ended': IconRouteOff, 'journey.goal_reached': IconTarget,
  'lead.created': IconTargetArrow, 'lead.assigned': IconTargetArrow, 'lead.status_changed': IconTargetArrow, 'deal.created': IconBriefcase, 'deal.stage_changed': IconBriefcase, 'deal.stale': IconClockPause, 'deal.won': IconTrophy, 'deal.lost': IconBriefcaseOff,
  'coupon.given': IconTicket, 'webhook.answered': IconWebhook, 'hygiene.done': IconSparkles, 'hygiene.undone': IconSparkles, 'task.created': IconCalendarEvent, 'task.done': IconCheckbox, 'note.added': IconNote, 'call.logged': IconPhone,
}
export const iconOf = (entry: TimelineEntry): Icon => icons[entry.type] ?? IconPoint

/** What an event says to people: one sentence, and what is worth a second line. */
export function useEntryWords(entry: TimelineEntry): { title: string, detail: ReactNode } {
  const { t, i18n } = useTranslation('contacts')
  const format = useFormat()
  const labels = useLabels(useVocabulary().data)
  const cause = useCause()
  const whyWords = useWhyWords()
  const byWords = useByWords()
  const text = (name: string) => {
    const value = entry.properties[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }
  const amount = entry.amount === null ? '' : format.money(entry.amount, entry.currency ?? undefined)
  const subject = entry.mail?.name ?? text('subject')
  const quote = (name: string) => name === '' ? '' : t('timeline.quoted', { name })
  const ids = (name: string) => Array.isArray(entry.properties[name]) ? (entry.properties[name] as unknown[]).filter(id => typeof id === 'number') : []
  const topics = ids('topic_ids').map(id => quote(labels.topic(id))).join(', ')
  const tagId = entry.properties['tag_id']
  const known = i18n.exists(`contacts:timeline.types.${entry.type.replace('.', '_')}`)
  const title = known
    ? t(`timeline.types.${entry.type.replace('.', '_')}`, {
        mail: subject === '' ? t('timeline.a_mail') : quote(subject),
        amount, order: text('order_id'), topic: topics, coupon: text('coupon') || text('code'),
        tag: typeof tagId === 'number' ? quote(labels.tag(tagId)) : '', segment: quote(entry.segment?.name ?? ''), journey: quote(entry.journey?.name ?? ''), form: quote(text('form_name')), title: text('title'),
        page: text('title') || text('url'), stage: text('stage'), from_stage: text('from_stage'), webhook: outcome(),
        hygiene: hygieneWords(), call: text('outcome') === '' ? t('notes:call') : t(`notes:calls.${text('direction')}_${text('outcome')}`), status: leadStatusWords('to'), from_status: leadStatusWords('from'),
      }).trim()
    : entry.type
  return { title, detail: detailOf() }

  function userOf(by: string): string | null {
    const id = /^user:(\d+)$/.exec(by)?.[1]
    return id === undefined ? null : labels.user(Number(id))
  }

  function leadStatusWords(name: string): string {
    return text(name) === '' ? '' : t(`leads:statuses.${text(name)}`, { defaultValue: text(name) })
  }

  function hygieneWords(): string {
    return text('action') === '' ? '' : t(`hygiene:acts.${text('action')}.title`, { group: t(`hygiene:kinds.${text('group')}.title`) })
  }

  function outcome(): string {
    const code = text('outcome')
    return code === '' ? '' : t(`webhooks:outcomes.${code}`, { defaultValue: code, status: text('status') })
  }

  /** What a deal is worth, who moved it, why it was lost. */
  function dealWords(): string {
    const worth = entry.properties['amount']
    return [typeof worth === 'number' ? format.money(worth, text('currency') || undefined) : '', text('reason'), userOf(text('by'))].filter(Boolean).join(' · ')
  }

  function detailOf(): ReactNode {
    const where = entry.campaign !== null
      ? <Anchor component={Link} to={`/campaigns/${entry.campaign.id}`} inherit>{entry.campaign.name}</Anchor>
      : entry.journey !== null && !entry.type.startsWith('journey.')
        ? <Anchor component={Link} to={`/journeys/${entry.journey.id}`} inherit>{entry.journey.name}</Anchor>
        : null
    const rest = restOf()
    if (entry.type === 'contact.unmerged') return otherCard()
    if (where === null) return rest === '' ? null : rest
    return rest === '' ? where : <>{where} · {rest}</>
  }

  /** The card that left again, or the one this card left. */
  function otherCard(): ReactNode {
    const id = text('from_id') || text('into_id')
    return id === '' ? null : <Anchor component={Link} to={`/contacts/${id}`} inherit>{t('timeline.other_card')}</Anchor>
  }

  function restOf(): string {
    switch (entry.type) {
      case 'email.clicked': return text('url')
      case 'mail.waiting': case 'mail.skipped': case 'mail.unknown': return whyOf()
      case 'email.bounced': case 'email.failed': return whyOf() || text('detail') || text('reply') || text('reason')
      case 'email.delayed': return text('detail') || text('reply') || text('reason')
      case 'email.replied': case 'email.auto_replied': return text('text').slice(0, 300)
      case 'email.complained': return text('kind')
      case 'email.unsubscribed': return text('wording').slice(0, 200)
      case 'page.viewed': return text('title') === '' ? '' : text('url')
      case 'order.placed': return [itemsOf(entry.properties['items']), text('coupon') === '' ? '' : t('timeline.with_coupon', { coupon: text('coupon') }), entry.mail === null ? '' : t('timeline.after_click', { mail: quote(entry.mail.name) })].filter(Boolean).join(' · ')
      case 'contact.updated': return [changesOf(entry.properties['changes']), text('because'), byWords(entry.source, userOf(entry.source))].filter(Boolean).join(' · ')
      case 'field.refused': return [`${t(`fields.${text('field')}`, { defaultValue: labels.field(text('field')) })}: ${text('value')}`, serverWords(text('message')), labels.event(text('event'))].filter(Boolean).join(' · ')
      case 'lead.created': case 'lead.assigned': case 'lead.status_changed': return [text('source_label'), text('because'), text('reason')].filter(Boolean).join(' · ')
      case 'deal.created': case 'deal.stage_changed': case 'deal.stale': case 'deal.won': case 'deal.lost': return dealWords()
      case 'task.done': return text('outcome').slice(0, 300)
      case 'note.added': return [entry.note?.body ?? '', byWords(entry.source, userOf(entry.source))].filter(Boolean).join(' · ')
      case 'call.logged': return [typeof entry.properties['minutes'] === 'number' ? t('notes:minutes_long', { count: entry.properties['minutes'] }) : '', entry.note?.body ?? '', byWords(entry.source, userOf(entry.source))].filter(Boolean).join(' · ')
      case 'segment.entered': case 'segment.left': return becauseOf(entry.properties['because'])
      default: return known ? '' : Object.entries(entry.properties).slice(0, 4).map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`).join(', ').slice(0, 200)
    }
  }

  /** Why it waits, was left out or refused; what has been sent after all since then has no such reason any more. */
  function whyOf(): string {
    if (entry.why === null) return ''
    const { sentence, words } = whyWords(entry.why)
    return [sentence, words ?? (text('reply') || null)].filter(Boolean).join(' · ')
  }

  function becauseOf(because: unknown): string {
    if (!Array.isArray(because) || because.length === 0) return ''
    return t('timeline.because', { what: [...new Set(because.map(key => cause(String(key))))].join(', ') })
  }

  function itemsOf(items: unknown): string {
    if (!Array.isArray(items)) return ''
    return items.slice(0, 5).map((item: { name?: unknown, sku?: unknown, quantity?: unknown }) => {
      const name = String(item.name ?? item.sku ?? '')
      return typeof item.quantity === 'number' && item.quantity !== 1 ? `${name} × ${format.number(item.quantity)}` : name
    }).filter(Boolean).join(', ')
  }

  function changesOf(changes: unknown): string {
    if (typeof changes !== 'object' || changes === null) return ''
    return Object.entries(changes).slice(0, 6).map(([field, pair]) => {
      const label = t(`fields.${field}`, { defaultValue: labels.field(field) })
      if (!Array.isArray(pair)) return label
      const show = (value: unknown) => value === null || value === undefined || value === '' ? '—' : typeof value === 'object' ? JSON.stringify(value) : String(value)
      const named = (value: unknown) => field === 'owner_id' && typeof value === 'number' ? labels.user(value) : show(value)
      return `${label}: ${named(pair[0])} → ${named(pair[1])}`
    }).join(', ')
  }
}
