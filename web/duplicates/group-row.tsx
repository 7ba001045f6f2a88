import { useEffect, useRef } from 'react'
import { Alert, Button, Group, Kbd, Paper, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { DuplicateCard, DuplicateGroup } from '../../shared/duplicates.ts'
import { useMay } from '../app/session.tsx'
import { useFormat } from '../ui/format.ts'
import { LevelBadge } from './level-badge.tsx'
import { Reasons } from './reasons.tsx'
import { SideBySide, type Compared } from './side-by-side.tsx'

export const groupKey = (group: { cards: readonly { id: number }[] }): string => group.cards.map(card => card.id).join('-')

type Props = { group: DuplicateGroup, current: boolean, onChoose: () => void, onMerge: () => void, onDiffer: (card: number, others: number[]) => void }

/** Cards side by side: what is the same is quiet, what differs stands out. Of more than two, each may be somebody else. */
export function GroupRow({ group, current, onChoose, onMerge, onDiffer }: Props) {
  const { t } = useTranslation('duplicates')
  const may = useMay('contacts')
  const own = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (current) own.current?.scrollIntoView({ block: 'nearest' })
  }, [current])
  const { cards, pairs } = group
  const isPair = cards.length === 2
  const differ = (card: number) => onDiffer(card, cards.map(other => other.id).filter(id => id !== card))
  const held = [...new Set(pairs.flatMap(pair => pair.held_because ?? []))]
  return (
    <Paper ref={own} p="md" component="section" aria-label={cards.map(card => card.name).join(' · ')} aria-current={current ? 'true' : undefined} onClick={onChoose} style={current ? { borderColor: 'var(--mantine-primary-color-filled)' } : {}}>
      <Stack gap="sm">
        <Group justify="space-between" gap="xs" align="flex-start">
          <Group gap="xs" align="flex-start" wrap="nowrap" flex="1 1 300px">
            <LevelBadge level={group.level} score={group.score} />
            {isPair ? <Reasons reasons={pairs[0]!.reasons} /> : <Text size="sm" fw={500}>{t('group_of', { count: cards.length })}</Text>}
          </Group>
          {may && (
            <Group gap="xs">
              <Button size="xs" onClick={onMerge} rightSection={<Keys>M</Keys>}>{t('merge')}</Button>
              {isPair && <Button size="xs" variant="default" onClick={() => differ(cards[0]!.id)} rightSection={<Keys>N</Keys>}>{t('differ')}</Button>}
            </Group>
          )}
        </Group>
        <CardsSideBySide cards={cards} stays={group.stays} {...(may && !isPair ? { onDiffer: differ } : {})} />
        {!isPair && <Why group={group} />}
        {held.map(because => <Alert key={because} color="gray" variant="light" p="xs"><Text size="sm">{t(`held.${because}`)}</Text></Alert>)}
      </Stack>
    </Paper>
  )
}

/** What the cards of a group hang together by, pair by pair. */
function Why({ group }: { group: DuplicateGroup }) {
  const names = new Map(group.cards.map(card => [card.id, [card.name, card.email ?? card.phone].filter(Boolean).join(', ')]))
  return (
    <Stack gap="xs">
      {group.pairs.map(pair => (
        <Stack key={pair.cards.join('-')} gap={2}>
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <LevelBadge level={pair.level} score={pair.score} />
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{pair.cards.map(id => names.get(id)).join(' + ')}</Text>
          </Group>
          <Reasons reasons={pair.reasons} size="xs" />
        </Stack>
      ))}
    </Stack>
  )
}

const Keys = ({ children }: { children: string }) => <Kbd size="xs" visibleFrom="sm" aria-hidden>{children}</Kbd>

/** Of contacts: what two cards of one person say. */
export function CardsSideBySide({ cards, ...rest }: { cards: readonly DuplicateCard[], stays?: number, onDiffer?: (card: number) => void }) {
  const { t } = useTranslation('duplicates')
  const format = useFormat()
  const fields: Compared<DuplicateCard>[] = [
    [t('fields.email'), card => card.email], [t('fields.phone'), card => card.phone], [t('fields.company'), card => card.company], [t('fields.city'), card => card.city], [t('fields.birthday'), card => card.birthday === null ? null : format.day(card.birthday)],
    [t('fields.address'), card => card.address], [t('fields.orders'), card => format.number(card.orders)], [t('fields.created'), card => [format.day(card.created_at), card.source].filter(Boolean).join(' · ')],
  ]
  return <SideBySide cards={cards} fields={fields} to="/contacts" {...rest} />
}
