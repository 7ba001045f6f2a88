import { Anchor, Box, Stack, Text, VisuallyHidden } from '@mantine/core'
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ExplanationNode } from '../../shared/segments.ts'
import { useFormat } from '../ui/format.ts'
import { describeActual, linkOfActual } from './actual-words.ts'
import { describeLeaf } from './describe-condition.ts'
import type { Words } from './describe-condition.ts'
import { useLabels, useVocabulary } from './vocabulary.ts'
import classes from './conditions.module.css'

/** `contact`: of whom it is asked, so that what made it so can be opened. `mails`: names of the mails of the journey asked in. */
type Props = { tree: ExplanationNode, contact?: number, mails?: Words['mails'] }

/** Why a condition is (not) true of one contact: every part with ✓ or ✗, and what is actually the case. */
export function WhyTree({ tree, contact, mails }: Props) {
  const { t } = useTranslation('conditions')
  const vocabulary = useVocabulary().data
  const words: Words = { t, labels: useLabels(vocabulary), format: useFormat(), vocabulary, mails }
  return <Box role="tree"><Node node={tree} words={words} contact={contact} /></Box>
}

type NodeProps<Shown> = { node: Shown, words: Words, contact: number | undefined }

function Node({ node, ...shared }: NodeProps<ExplanationNode>) {
  const { t } = shared.words
  if (node.kind === 'leaf') return <Leaf node={node} {...shared} />
  // A group turned round is shown as one: "none of these".
  const inner = node.kind === 'not' ? node.parts[0] : undefined
  if (inner !== undefined && (inner.kind === 'any' || inner.kind === 'all')) {
    return <Branch holds={node.holds} label={t(inner.kind === 'any' ? 'groups.none' : 'groups.not_all')} parts={inner.parts} {...shared} />
  }
  return <Branch holds={node.holds} label={t(node.kind === 'not' ? 'row.not' : `groups.${node.kind}`)} parts={node.parts} {...shared} />
}

function Branch({ holds, label, parts, ...shared }: Omit<NodeProps<never>, 'node'> & { holds: boolean, label: string, parts: ExplanationNode[] }) {
  return (
    <Box role="treeitem" aria-selected={false} aria-expanded>
      <div className={classes.leaf}><Mark holds={holds} /><Text size="sm" fw={600}>{label}</Text></div>
      <Box className={classes.why} role="group">{parts.map((part, index) => <Node key={index} node={part} {...shared} />)}</Box>
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

function Leaf({ node, words, contact }: NodeProps<ExplanationNode & { kind: 'leaf' }>) {
  const { t, format } = words
  const link = contact === undefined ? null : linkOfActual(node.leaf, node.actual, contact, t)
  return (
    <div className={classes.leaf} role="treeitem" aria-selected={false}>
      <Mark holds={node.holds} />
      <Stack gap={0}>
        <Text size="sm">{describeLeaf(node.leaf, words)}</Text>
        <Text size="xs" c="dimmed">
          {t('why.now', { value: describeActual(node.leaf, node.actual, words) })}
          {node.changes_at !== null && `; ${t('why.changes', { when: format.dayAndTime(node.changes_at) })}`}
          {link !== null && <> · <Anchor component={Link} to={link.to} size="xs">{link.label}</Anchor></>}
        </Text>
      </Stack>
    </div>
  )
}
