import { useEffect, useRef } from 'react'
import { Alert, Anchor, Button, Group, Kbd, Paper, Stack, Table, Text, VisuallyHidden } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { DuplicateCard, DuplicatePair } from '../../shared/duplicates.ts'
import { useMay } from '../app/session.tsx'
import { useFormat } from '../ui/format.ts'
import { LevelBadge } from './level-badge.tsx'
import { Reasons } from './reasons.tsx'

export const pairKey = (pair: { cards: readonly [DuplicateCard, DuplicateCard] }): string => `${pair.cards[0].id}-${pair.cards[1].id}`

/** Two cards side by side: what is the same is quiet, what differs stands out. */
export function PairRow({ pair, current, onChoose, onMerge, onDiffer }: { pair: DuplicatePair, current: boolean, onChoose: () => void, onMerge: () => void, onDiffer: () => void }) {
  const { t } = useTranslation('duplicates')
  const may = useMay('contacts')
  const own = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (current) own.current?.scrollIntoView({ block: 'nearest' })
  }, [current])
  return (
    <Paper ref={own} p="md" component="section" aria-label={pair.cards.map(card => card.name).join(' · ')} aria-current={current ? 'true' : undefined} onClick={onChoose} style={current ? { borderColor: 'var(--mantine-primary-color-filled)' } : {}}>
      <Stack gap="sm">
        <Group justify="space-between" gap="xs" align="flex-start">
          <Group gap="xs" align="flex-start" wrap="nowrap" flex="1 1 300px">
            <LevelBadge level={pair.level} score={pair.score} />
            <Reasons reasons={pair.reasons} />
          </Group>
          {may && (
            <Group gap="xs">
              <Button size="xs" onClick={onMerge} rightSection={<Keys>M</Keys>}>{t('merge')}</Button>
              <Button size="xs" variant="default" onClick={onDiffer} rightSection={<Keys>N</Keys>}>{t('differ')}</Button>
            </Group>
          )}
        </Group>
        <SideBySide cards={pair.cards} stays={pair.stays} />
        {pair.held_because !== null && <Alert color="gray" variant="light" p="xs"><Text size="sm">{t(`held.${pair.held_because}`)}</Text></Alert>}
      </Stack>
    </Paper>
  )
}

const Keys = ({ children }: { children: string }) => <Kbd size="xs" visibleFrom="sm" aria-hidden>{children}</Kbd>

export function SideBySide({ cards, stays }: { cards: readonly [DuplicateCard, DuplicateCard], stays?: number }) {
  const { t } = useTranslation('duplicates')
  const format = useFormat()
  const fields: [string, (card: DuplicateCard) => string | null][] = [
    ['email', card => card.email], ['phone', card => card.phone], ['company', card => card.company], ['city', card => card.city], ['birthday', card => card.birthday === null ? null : format.day(card.birthday)],
    ['address', card => card.address], ['orders', card => format.number(card.orders)], ['created', card => [format.day(card.created_at), card.source].filter(Boolean).join(' · ')],
  ]
  return (
    <Table layout="fixed" verticalSpacing={4} withRowBorders={false} horizontalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={{ base: 84, sm: 140 }}><VisuallyHidden>{t('field')}</VisuallyHidden></Table.Th>
          {cards.map(card => (
            <Table.Th key={card.id} style={{ overflowWrap: 'anywhere', verticalAlign: 'top' }}>
              <Anchor component={Link} to={`/contacts/${card.id}`} fw={600} size="sm">{card.name}</Anchor>
              {stays === card.id && <Text size="xs" c="dimmed" fw={400}>{t('stays')}</Text>}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {fields.filter(([, read]) => cards.some(card => read(card) !== null)).map(([name, read]) => {
          const [one, other] = cards.map(read)
          const differs = one !== null && other !== null && one !== other
          return (
            <Table.Tr key={name}>
              <Table.Th fw={400}><Text size="sm" c="dimmed">{t(`fields.${name}`)}</Text></Table.Th>
              {[one, other].map((value, index) => <Table.Td key={index} style={{ overflowWrap: 'anywhere' }}><Text size="sm" c={differs ? undefined : 'dimmed'}>{value ?? '—'}</Text></Table.Td>)}
            </Table.Tr>
          )
        })}
      </Table.Tbody>
    </Table>
  )
}
