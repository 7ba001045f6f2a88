import { NumberInput, Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { journeyLeaf } from '../../shared/conditions.ts'
import type { ConsentLeaf, CouponLeaf, JourneyLeaf, MailLeaf, SegmentLeaf, TagLeaf, TopicReactionLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { Choice, Reference } from './choice.tsx'
import { stepOptions } from './sent-mail-editor.tsx'
import { SinceEditor, withSince } from './since-editor.tsx'
import { useLabels } from './vocabulary.ts'

type Props<Leaf> = { leaf: Leaf, vocabulary: ConditionVocabulary, onChange: (leaf: Leaf) => void, disabled: boolean }

export function ConsentEditor({ leaf, vocabulary, onChange, disabled }: Props<ConsentLeaf>) {
  const { t } = useTranslation('conditions')
  const topics = useTopics(vocabulary)
  const choose = (consent: ConsentLeaf['consent']) => onChange({ ...(consent === 'none' ? withSince(leaf, undefined) : leaf), consent })
  return (
    <>
      <Reference label={t('consent.topic')} list={topics} any={t('consent.any_topic')} value={leaf.topic} width={180} disabled={disabled} onChange={topic => onChange({ ...leaf, topic })} />
      <Choice label={t('consent.status')} disabled={disabled} options={(['granted', 'requested', 'withdrawn', 'none'] as const).map(status => ({ value: status, label: t(`consent.${status}`) }))} value={leaf.consent} onChange={choose} />
      {leaf.consent !== 'none' && <SinceEditor value={leaf.since} disabled={disabled} onChange={since => onChange(withSince(leaf, since))} />}
    </>
  )
}

function useTopics(vocabulary: ConditionVocabulary) {
  const labels = useLabels(vocabulary)
  return vocabulary.topics.map(topic => ({ id: topic.id, name: labels.topic(topic.id) }))
}

export function TagEditor({ leaf, vocabulary, onChange, disabled }: Props<TagLeaf>) {
  const { t } = useTranslation('conditions')
  const choose = (has: boolean) => onChange({ ...(has ? leaf : withSince(leaf, undefined)), has })
  return (
    <>
      <Choice label={t('row.operator')} disabled={disabled} options={[{ value: 'has', label: t('tag.has') }, { value: 'has_not', label: t('tag.has_not') }]} value={leaf.has ? 'has' : 'has_not'} onChange={one => choose(one === 'has')} />
      <Reference label={t('tag.tag')} list={vocabulary.tags} value={leaf.tag} width={200} disabled={disabled} onChange={tag => onChange({ ...leaf, tag })} />
      {leaf.has && <SinceEditor value={leaf.since} disabled={disabled} onChange={since => onChange(withSince(leaf, since))} />}
    </>
  )
}

export function SegmentEditor({ leaf, vocabulary, onChange, disabled, exclude }: Props<SegmentLeaf> & { exclude?: number | undefined }) {
  const { t } = useTranslation('conditions')
  const choose = (isIn: boolean) => onChange({ ...(isIn ? leaf : withSince(leaf, undefined)), in: isIn })
  return (
    <>
      <Choice label={t('row.operator')} disabled={disabled} options={[{ value: 'in', label: t('segment.in') }, { value: 'not_in', label: t('segment.not_in') }]} value={leaf.in ? 'in' : 'not_in'} onChange={one => choose(one === 'in')} />
      <Reference label={t('segment.segment')} list={vocabulary.segments.filter(segment => segment.id !== exclude)} value={leaf.segment} width={260} disabled={disabled} onChange={segment => onChange({ ...leaf, segment })} />
      {leaf.in && <SinceEditor value={leaf.since} disabled={disabled} onChange={since => onChange(withSince(leaf, since))} />}
    </>
  )
}

const couponOutcomes = (['given', 'redeemed', 'open', 'run_out'] as const).flatMap(coupon => [coupon, `not_${coupon}`] as const)

export function CouponEditor({ leaf, vocabulary, onChange, disabled }: Props<CouponLeaf>) {
  const { t } = useTranslation('conditions')
  return (
    <>
      <Reference label={t('coupon.pool')} list={vocabulary.coupon_pools} any={t('coupon.any_pool')} value={leaf.pool} disabled={disabled} onChange={pool => onChange({ ...leaf, pool })} />
      <Choice
        label={t('coupon.happened')} disabled={disabled} options={couponOutcomes.map(one => ({ value: one, label: t(`coupon.${one}`) }))} value={leaf.happened ? leaf.coupon : `not_${leaf.coupon}`}
        onChange={outcome => onChange({ ...leaf, coupon: outcome.replace('not_', '') as CouponLeaf['coupon'], happened: !outcome.startsWith('not_') })}
      />
    </>
  )
}

const reactionOperators: TopicReactionLeaf['operator'][] = ['at_least', 'at_most', 'more_than', 'less_than', 'known', 'unknown']

export function TopicReactionEditor({ leaf, vocabulary, onChange, disabled }: Props<TopicReactionLeaf>) {
  const { t } = useTranslation('conditions')
  const topics = useTopics(vocabulary)
  const choose = (operator: TopicReactionLeaf['operator']) => {
    const { value, ...rest } = leaf
    onChange(operator === 'known' || operator === 'unknown' ? { ...rest, operator } : { ...rest, operator, value: value ?? 50 })
  }
  return (
    <>
      <Reference label={t('consent.topic')} list={topics} value={leaf.topic_reaction} width={180} disabled={disabled} onChange={topic_reaction => onChange({ ...leaf, topic_reaction })} />
      <Choice label={t('reaction.measure')} disabled={disabled} options={(['opened', 'clicked'] as const).map(measure => ({ value: measure, label: t(`reaction.${measure}`) }))} value={leaf.measure} onChange={measure => onChange({ ...leaf, measure })} />
      <Choice label={t('row.operator')} disabled={disabled} options={reactionOperators.map(operator => ({ value: operator, label: t(`operators.${operator}`) }))} value={leaf.operator} onChange={choose} />
      {leaf.value !== undefined && <NumberInput size="xs" w={80} min={0} max={100} hideControls suffix=" %" disabled={disabled} aria-label={t('reaction.percent')} value={leaf.value} onChange={value => typeof value === 'number' && onChange({ ...leaf, value })} />}
    </>
  )
}

const journeyOutcomes = journeyLeaf.shape.state.options.flatMap(state => [state, `not_${state}`] as const)

export function JourneyEditor({ leaf, vocabulary, onChange, disabled }: Props<JourneyLeaf>) {
  const { t } = useTranslation('conditions')
  const labels = useLabels(vocabulary)
  const steps = vocabulary.journeys.find(journey => journey.id === leaf.journey)?.steps ?? []
  const withStep = (step: string): JourneyLeaf => {
    const { step: _, ...rest } = leaf
    return step === '' ? rest : { ...rest, step }
  }
  const choose = (outcome: typeof journeyOutcomes[number]) => {
    const state = outcome.replace('not_', '') as JourneyLeaf['state']
    const happened = !outcome.startsWith('not_')
    onChange({ ...withSince(state === 'in' ? leaf : withStep(''), happened ? leaf.since : undefined), state, happened })
  }
  return (
    <>
      <Reference
        label={t('journey.journey')} list={vocabulary.journeys} value={leaf.journey} disabled={disabled}
        onChange={journey => onChange({ ...withStep(''), journey })}
      />
      <Choice label={t('journey.state')} disabled={disabled} options={journeyOutcomes.map(one => ({ value: one, label: t(`journey.${one}`) }))} value={leaf.happened ? leaf.state : `not_${leaf.state}`} onChange={choose} />
      {leaf.state === 'in' && leaf.journey !== 0 && (
        <Choice
          label={t('journey.step')} disabled={disabled} value={leaf.step ?? ''} onChange={step => onChange(withStep(step))}
          options={[{ value: '', label: t('journey.any_step') }, ...stepOptions(steps, leaf.step).map(key => ({ value: key, label: labels.step(leaf.journey, key) }))]}
        />
      )}
      {leaf.happened && <SinceEditor value={leaf.since} disabled={disabled} onChange={since => onChange(withSince(leaf, since))} />}
    </>
  )
}

/** The mails that lie before the condition in its journey: the key of the step and what people call it. */
export type JourneyMail = { step: string, label: string }

export function MailEditor({ leaf, mails, onChange, disabled }: Omit<Props<MailLeaf>, 'vocabulary'> & { mails: JourneyMail[] }) {
  const { t } = useTranslation('conditions')
  const outcomes = (['sent', 'opened', 'clicked', 'ordered'] as const).flatMap(reaction => [reaction, `not_${reaction}`] as const)
  return (
    <>
      <Select size="xs" w={240} disabled={disabled} aria-label={t('mail.step')} placeholder={t('values.choose')} data={mails.map(mail => ({ value: mail.step, label: mail.label }))} value={leaf.mail_step === '' ? null : leaf.mail_step} onChange={step => onChange({ ...leaf, mail_step: step ?? '' })} />
      <Choice
        label={t('mail.happened')} disabled={disabled} options={outcomes.map(one => ({ value: one, label: t(`mail.${one}`) }))} value={leaf.happened ? leaf.reaction : `not_${leaf.reaction}`}
        onChange={outcome => onChange({ ...leaf, reaction: outcome.replace('not_', '') as MailLeaf['reaction'], happened: !outcome.startsWith('not_') })}
      />
    </>
  )
}
