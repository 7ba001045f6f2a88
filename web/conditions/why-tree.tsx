import { Box, Stack, Text, VisuallyHidden } from '@mantine/core'
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ExplanationNode, LeafActual } from '../../shared/segments.ts'
import { useFormat } from '../ui/format.ts'
import { useDescribe } from './describe.ts'
import { useLabels, useVocabulary } from './vocabulary.ts'
import classes from './conditions.module.css'

/** Why a condition is (not) true of one contact: every part with ✓ or ✗, and what is actually the case. */
export function WhyTree({ tree }: { tree: ExplanationNode }) {
  return <Box role="tree"><Node node={tree} /></Box>
}

function Node({ node }: { node: ExplanationNode }) {
  const { t } = useTranslation('conditions')
  if (node.kind === 'leaf') return <Leaf node={node} />
  // A group turned round is shown as one: "none of these".
  const inner = node.kind === 'not' ? node.parts[0] : undefined
  if (inner !== undefined && (inner.kind === 'any' || inner.kind === 'all')) {
    return <Branch holds={node.holds} label={t(inner.kind === 'any' ? 'groups.none' : 'groups.not_all')} parts={inner.parts} />
  }
  if (node.kind === 'not') return <Branch holds={node.holds} label={t('row.not')} parts={node.parts} />
  return <Branch holds={node.holds} label={t(`groups.${node.kind}`)} parts={node.parts} />
}

function Branch({ holds, label, parts }: { holds: boolean, label: string, parts: ExplanationNode[] }) {
  return (
    <Box role="treeitem" aria-selected={false} aria-expanded>
      <div className={classes.leaf}><Mark holds={holds} /><Text size="sm" fw={600}>{label}</Text></div>
      <Box className={classes.why} role="group">{parts.map((part, index) => <Node key={index} node={part} />)}</Box>
    </Box>
  )
}

function Mark({ holds }: { holds: boolean }) {
  const { t } = useTranslation('conditions')
  const MarkIcon = holds ? IconCircleCheck : IconCircleX
  return (
    <>
      <MarkIcon size={18} stroke={1.8} aria-hidden className={classes.mark} color={holds ? 'var(--mantine-color-pine-6)' : 'var(--mantine-color-red-6)'} />
      <VisuallyHidden>{t(holds ? 'why.yes' : 'why.no')}</VisuallyHidden>
    </>
  )
}

function Leaf({ node }: { node: ExplanationNode & { kind: 'leaf' } }) {
  const { t } = useTranslation('conditions')
  const format = useFormat()
  const vocabulary = useVocabulary()
  const describe = useDescribe(vocabulary.data)
  const actual = useActual()
  return (
    <div className={classes.leaf} role="treeitem" aria-selected={false}>
      <Mark holds={node.holds} />
      <Stack gap={0}>
        <Text size="sm">{describe.leaf(node.leaf)}</Text>
        <Text size="xs" c="dimmed">
          {t('why.now', { value: 'field' in node.leaf && node.actual.kind === 'field' ? describe.value(node.leaf.field, node.actual.value) : actual(node.actual) })}
          {node.changes_at !== null && `; ${t('why.changes', { when: format.dayAndTime(node.changes_at) })}`}
        </Text>
      </Stack>
    </div>
  )
}

function useActual() {
  const { t } = useTranslation('conditions')
  const format = useFormat()
  const vocabulary = useVocabulary()
  const labels = useLabels(vocabulary.data)
  const since = (moment: string | null) => moment === null ? '' : ` ${t('why.since', { when: format.day(moment) })}`
  return (actual: LeafActual): string => {
    switch (actual.kind) {
      case 'field': return String(actual.value ?? t('why.nothing'))
      case 'events': return actual.count === 0 ? t('why.never') : `${t('why.times', { count: actual.count })}${actual.last_at === null ? '' : `, ${t('why.last', { when: format.dayAndTime(actual.last_at) })}`}`
      case 'consent': return actual.topics.length === 0 ? t('why.no_consent') : actual.topics.map(topic => `“${labels.topic(topic.topic_id)}” ${t(`consent.${topic.status}`)}${since(topic.since)}`).join('; ')
      case 'tag': return actual.has ? `${t('tag.has')}${since(actual.since)}` : t('tag.has_not')
      case 'segment': return actual.in ? `${t('segment.in')}${since(actual.since)}` : t('segment.not_in')
      case 'records': return actual.count === 0 ? t('why.no_records') : [t('why.records', { count: actual.count }), ...actual.latest.map(one => `${one.label} (${format.day(one.at)})`)].join(': ')
      case 'mails': return actual.count === 0 ? t('why.no_mails') : t('why.mails', { count: actual.count })
      case 'coupons': return actual.coupons.length === 0 ? t('why.no_coupons') : actual.coupons.map(coupon => coupon.code).join(', ')
      case 'topic_reaction': return t('why.reaction', { sent: format.number(actual.sent), opened: format.number(actual.opened), clicked: format.number(actual.clicked) })
      case 'journey': return actual.enrolments.length === 0 ? t('why.never_in') : t('why.in_since', { when: format.dayAndTime(actual.enrolments[0]?.entered_at ?? '') })
      case 'mail': return actual.clicked_at !== null ? t('mail.clicked') : actual.opened_at !== null ? t('mail.opened') : actual.sent_at !== null ? t('mail.sent') : t('mail.not_sent')
    }
  }
}
