import { Group, Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ConsentLeaf, MailLeaf, SegmentLeaf, TagLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { unchosen } from './condition-tree.ts'
import { useLabels } from './vocabulary.ts'

type Props<Leaf> = { leaf: Leaf, vocabulary: ConditionVocabulary, onChange: (leaf: Leaf) => void, disabled: boolean }

const chosen = (id: number): string | null => id === unchosen ? null : String(id)

export function ConsentEditor({ leaf, vocabulary, onChange, disabled }: Props<ConsentLeaf>) {
  const { t } = useTranslation('conditions')
  const labels = useLabels(vocabulary)
  return (
    <Group gap={6}>
      <Select
        size="xs" w={170} allowDeselect={false} disabled={disabled} aria-label={t('consent.topic')}
        data={[{ value: 'any', label: t('consent.any_topic') }, ...vocabulary.topics.map(topic => ({ value: String(topic.id), label: labels.topic(topic.id) }))]}
        value={leaf.topic === null ? 'any' : String(leaf.topic)} onChange={topic => onChange({ ...leaf, topic: topic === 'any' || topic === null ? null : Number(topic) })}
      />
      <Select
        size="xs" w={210} allowDeselect={false} disabled={disabled} aria-label={t('consent.status')}
        data={(['granted', 'requested', 'withdrawn', 'none'] as const).map(status => ({ value: status, label: t(`consent.${status}`) }))}
        value={leaf.consent} onChange={status => status !== null && onChange({ ...leaf, consent: status as ConsentLeaf['consent'] })}
      />
    </Group>
  )
}

export function TagEditor({ leaf, vocabulary, onChange, disabled }: Props<TagLeaf>) {
  const { t } = useTranslation('conditions')
  return (
    <Group gap={6}>
      <Select size="xs" w={160} allowDeselect={false} disabled={disabled} aria-label={t('row.operator')} data={[{ value: 'has', label: t('tag.has') }, { value: 'has_not', label: t('tag.has_not') }]} value={leaf.has ? 'has' : 'has_not'} onChange={has => onChange({ ...leaf, has: has === 'has' })} />
      <Select size="xs" w={200} searchable disabled={disabled} aria-label={t('tag.tag')} placeholder={t('values.choose')} data={vocabulary.tags.map(tag => ({ value: String(tag.id), label: tag.name }))} value={chosen(leaf.tag)} onChange={tag => onChange({ ...leaf, tag: Number(tag ?? unchosen) })} />
    </Group>
  )
}

export function SegmentEditor({ leaf, vocabulary, onChange, disabled, exclude }: Props<SegmentLeaf> & { exclude?: number | undefined }) {
  const { t } = useTranslation('conditions')
  return (
    <Group gap={6}>
      <Select size="xs" w={190} allowDeselect={false} disabled={disabled} aria-label={t('row.operator')} data={[{ value: 'in', label: t('segment.in') }, { value: 'not_in', label: t('segment.not_in') }]} value={leaf.in ? 'in' : 'not_in'} onChange={one => onChange({ ...leaf, in: one === 'in' })} />
      <Select
        size="xs" w={280} searchable disabled={disabled} aria-label={t('segment.segment')} placeholder={t('values.choose')}
        data={vocabulary.segments.filter(segment => segment.id !== exclude).map(segment => ({ value: String(segment.id), label: segment.name }))}
        value={chosen(leaf.segment)} onChange={segment => onChange({ ...leaf, segment: Number(segment ?? unchosen) })}
      />
    </Group>
  )
}

/** The mails that lie before the condition in its journey: the key of the step and what people call it. */
export type JourneyMail = { step: string, label: string }

export function MailEditor({ leaf, mails, onChange, disabled }: Omit<Props<MailLeaf>, 'vocabulary'> & { mails: JourneyMail[] }) {
  const { t } = useTranslation('conditions')
  const outcomes = (['sent', 'opened', 'clicked', 'ordered'] as const).flatMap(reaction => [{ value: reaction, label: t(`mail.${reaction}`) }, { value: `not_${reaction}`, label: t(`mail.not_${reaction}`) }])
  return (
    <Group gap={6}>
      <Select size="xs" w={240} disabled={disabled} aria-label={t('mail.step')} placeholder={t('values.choose')} data={mails.map(mail => ({ value: mail.step, label: mail.label }))} value={leaf.mail_step === '' ? null : leaf.mail_step} onChange={step => onChange({ ...leaf, mail_step: step ?? '' })} />
      <Select
        size="xs" w={180} allowDeselect={false} disabled={disabled} aria-label={t('mail.happened')} data={outcomes} value={leaf.happened ? leaf.reaction : `not_${leaf.reaction}`}
        onChange={outcome => outcome !== null && onChange({ ...leaf, reaction: outcome.replace('not_', '') as MailLeaf['reaction'], happened: !outcome.startsWith('not_') })}
      />
    </Group>
  )
}
