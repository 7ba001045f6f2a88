import { useEffect, useRef } from 'react'
import { Alert, Anchor, Button, Group, Kbd, Paper, Stack, Table, Text, VisuallyHidden } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { DuplicateCard, DuplicateGroup } from '../../shared/duplicates.ts'
import { useMay } from '../app/session.tsx'
import { useFormat } from '../ui/format.ts'
import { LevelBadge } from './level-badge.tsx'
import { Reasons } from './reasons.tsx'

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
        <SideBySide cards={cards} stays={group.stays} {...(may && !isPair ? { onDiffer: differ } : {})} />
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

export function SideBySide({ cards, stays, onDiffer }: { cards: readonly DuplicateCard[], stays?: number, onDiffer?: (card: number) => void }) {
  const { t } = useTranslation('duplicates')
  const format = useFormat()
  const fields: [string, (card: DuplicateCard) => string | null][] = [
    ['email', card => card.email], ['phone', card => card.phone], ['company', card => card.company], ['city', card => card.city], ['birthday', card => card.birthday === null ? null : format.day(card.birthday)],
    ['address', card => card.address], ['orders', card => format.number(card.orders)], ['created', card => [format.day(card.created_at), card.source].filter(Boolean).join(' · ')],
  ]
  return (
    <Table.ScrollContainer minWidth={cards.length > 2 ? 140 + 170 * cards.length : 0} type="native">
      <Table layout="fixed" verticalSpacing={4} withRowBorders={false} horizontalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={{ base: 84, sm: 140 }}><VisuallyHidden>{t('field')}</VisuallyHidden></Table.Th>
            {cards.map(card => (
              <Table.Th key={card.id} style={{ overflowWrap: 'anywhere', verticalAlign: 'top' }}>
                <Anchor component={Link} to={`/contacts/${card.id}`} fw={600} size="sm">{card.name}</Anchor>
                {stays === card.id && <Text size="xs" c="dimmed" fw={400}>{t('stays')}</Text>}
                {onDiffer !== undefined && <div><Anchor component="button" type="button" size="xs" fw={400} onClick={() => onDiffer(card.id)} aria-label={t('somebody_else_label', { name: card.name })}>{t('somebody_else')}</Anchor></div>}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fields.filter(([, read]) => cards.some(card => read(card) !== null)).map(([name, read]) => {
            const values = cards.map(read)
            const differs = new Set(values.filter(value => value !== null)).size > 1
            return (
              <Table.Tr key={name}>
                <Table.Th fw={400}><Text size="sm" c="dimmed">{t(`fields.${name}`)}</Text></Table.Th>
                {values.map((value, index) => <Table.Td key={index} style={{ overflowWrap: 'anywhere' }}><Text size="sm" c={differs ? undefined : 'dimmed'}>{value ?? '—'}</Text></Table.Td>)}
              </Table.Tr>
            )
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
