import type { TFunction } from 'i18next'
import type { ConditionLeaf } from '../../shared/conditions.ts'
import type { LeafActual } from '../../shared/segments.ts'
import { describeValue, isMoneyProperty } from './describe-condition.ts'
import type { Words } from './describe-condition.ts'
import { recordFieldKind } from './leaves.ts'

/** What is the case at a leaf, in words: "3 times, the last on 24 Nov", "promo code “S-1” used on …". */
export function describeActual(leaf: ConditionLeaf, actual: LeafActual, words: Words): string {
  const { t, labels, format } = words
  const since = (moment: string | null) => moment === null ? '' : ` ${t('why.since', { when: format.day(moment) })}`
  switch (actual.kind) {
    case 'field': return 'field' in leaf ? describeValue(leaf.field, actual.value, words) : String(actual.value ?? t('why.nothing'))
    case 'events': {
      if (actual.count === 0) return t('why.never')
      return [
        t('why.times', { count: actual.count }),
        ...(actual.days === undefined ? [] : [t('why.days', { count: actual.days })]),
        ...measured(actual.measured, isMoneyOf(leaf), words),
        ...(actual.last_at === null ? [] : [t('why.last', { when: format.dayAndTime(actual.last_at) })]),
      ].join(', ')
    }
    case 'records': {
      if (actual.count === 0) return t('why.no_records')
      const latest = actual.latest.map(one => [one.label, labels.choice(one.status), ...(one.amount === null ? [] : [format.money(one.amount, one.currency ?? undefined)]), format.day(one.at)].filter(part => part !== '').join(' · '))
      return [[t('why.records', { count: actual.count }), ...measured(actual.measured, isMoneyOf(leaf), words)].join(', '), ...latest].join('; ')
    }
    case 'mails': return actual.count === 0 ? t('why.no_mails') : [t('why.mails', { count: actual.count }), ...(actual.last_at === null ? [] : [t('why.last_mail', { when: format.dayAndTime(actual.last_at) })])].join(', ')
    case 'coupons': return actual.coupons.length === 0 ? t('why.no_coupons') : actual.coupons.map(coupon => describeCoupon(coupon, words)).join('; ')
    case 'topic_reaction': return actual.sent === 0 ? t('why.no_reaction') : t('why.reaction_share', { sent: format.number(actual.sent), opened: format.number(actual.opened), clicked: format.number(actual.clicked) })
    case 'journey': return actual.enrolments.length === 0 ? t('why.never_in') : actual.enrolments.map(way => describeWay('journey' in leaf ? leaf.journey : 0, way, words)).join('; ')
    case 'consent': return actual.topics.length === 0 ? t('why.no_consent') : actual.topics.map(topic => `${t('sentence.quoted', { name: labels.topic(topic.topic_id) })} ${t(`consent.${topic.status}`)}${since(topic.since)}`).join('; ')
    case 'tag': return actual.has ? `${t('tag.has')}${since(actual.since)}` : t('tag.has_not')
    case 'segment': return actual.in ? `${t('segment.in')}${since(actual.since)}` : t('segment.not_in')
    case 'mail': return actual.orders > 0 ? t('mail.ordered') : actual.clicked_at !== null ? t('mail.clicked') : actual.opened_at !== null ? t('mail.opened') : actual.sent_at !== null ? t('mail.sent') : t('mail.not_sent')
  }
}

function measured(value: number | null | undefined, isMoney: boolean, { t, format }: Words): string[] {
  if (value === undefined) return []
  if (value === null) return [t('why.nothing_measured')]
  return [t('why.measured', { value: isMoney ? format.money(Math.round(value * 100) / 100) : format.number(Math.round(value * 100) / 100) })]
}

function isMoneyOf(leaf: ConditionLeaf): boolean {
  if ('event' in leaf) return leaf.measure !== undefined && isMoneyProperty(leaf.measure.property)
  return 'related' in leaf && leaf.measure !== undefined && recordFieldKind(leaf.related, leaf.measure.property) === 'money'
}

function describeCoupon(coupon: (LeafActual & { kind: 'coupons' })['coupons'][number], { t, format }: Words): string {
  const { code } = coupon
  if (coupon.redeemed_at !== null) return t('why.coupon_redeemed', { code, when: format.dayAndTime(coupon.redeemed_at) })
  if (coupon.valid_until !== null && Date.parse(coupon.valid_until) <= Date.now()) return t('why.coupon_run_out', { code, when: format.dayAndTime(coupon.valid_until) })
  return t('why.coupon_given', { code, when: format.dayAndTime(coupon.given_at) })
}

function describeWay(journey: number, way: (LeafActual & { kind: 'journey' })['enrolments'][number], { t, labels, format }: Words): string {
  const ended = format.dayAndTime(way.ended_at ?? way.arrived_at)
  if (way.state === 'done') return t('why.way_done', { when: ended })
  if (way.state === 'left') return t('why.way_left', { when: ended })
  if (way.state === 'failed') return t('why.way_failed', { when: ended })
  return t('why.way_active', { when: format.dayAndTime(way.entered_at), step: labels.step(journey, way.step) })
}

/** Where what made it so can be seen; nothing when there is nothing to see. */
export function linkOfActual(leaf: ConditionLeaf, actual: LeafActual, contact: number, t: TFunction<'conditions'>): { to: string, label: string } | null {
  const timeline = (kind: string) => `/contacts/${contact}?timeline=${kind}`
  switch (actual.kind) {
    case 'events': return actual.count === 0 || !('event' in leaf) ? null : { to: timeline(timelineKind(leaf.event)), label: t('why.see_events') }
    case 'mails': return actual.count === 0 ? null : { to: timeline('mail'), label: t('why.see_mail') }
    case 'mail': return actual.sent_at === null ? null : { to: timeline('mail'), label: t('why.see_mail') }
    case 'topic_reaction': return actual.sent === 0 ? null : { to: timeline('mail'), label: t('why.see_mail') }
    case 'records': return actual.count === 0 || !('related' in leaf) || leaf.related !== 'order' ? null : { to: timeline('order'), label: t('why.see_events') }
    case 'segment': return 'segment' in leaf ? { to: `/segments/${leaf.segment}?why=${contact}`, label: t('why.open') } : null
    case 'journey': return 'journey' in leaf && actual.enrolments.length > 0 ? { to: `/journeys/${leaf.journey}?contact=${contact}`, label: t('why.ways') } : null
    default: return null
  }
}

const kinds: Record<string, string> = { email: 'mail', order: 'order', subscription: 'subscription', form: 'form', page: 'visit', journey: 'journey', segment: 'segment', contact: 'card', tag: 'card', task: 'task' }
const timelineKind = (event: string): string => kinds[event.split('.')[0] ?? ''] ?? 'all'
