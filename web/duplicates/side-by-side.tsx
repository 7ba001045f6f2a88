import { Anchor, Table, Text, VisuallyHidden } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

/** A field by its label, and how to read it. */
export type Compared<T> = [string, (card: T) => string | null]
type Props<T> = { cards: readonly T[], fields: Compared<T>[], to: string, stays?: number, onDiffer?: (card: number) => void }

/** What the cards say, one column each: what is the same is quiet, what differs stands out. `to`: where a card opens. */
export function SideBySide<T extends { id: number, name: string }>({ cards, fields, to, stays, onDiffer }: Props<T>) {
  const { t } = useTranslation('duplicates')
  return (
    <Table.ScrollContainer minWidth={cards.length > 2 ? 140 + 170 * cards.length : 0} type="native">
      <Table layout="fixed" verticalSpacing={4} withRowBorders={false} horizontalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={{ base: 84, sm: 140 }}><VisuallyHidden>{t('field')}</VisuallyHidden></Table.Th>
            {cards.map(card => (
              <Table.Th key={card.id} style={{ overflowWrap: 'anywhere', verticalAlign: 'top' }}>
                <Anchor component={Link} to={`${to}/${card.id}`} fw={600} size="sm">{card.name}</Anchor>
                {stays === card.id && <Text size="xs" c="dimmed" fw={400}>{t('stays')}</Text>}
                {onDiffer !== undefined && <div><Anchor component="button" type="button" size="xs" fw={400} onClick={() => onDiffer(card.id)} aria-label={t('somebody_else_label', { name: card.name })}>{t('somebody_else')}</Anchor></div>}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fields.filter(([, read]) => cards.some(card => read(card) !== null)).map(([label, read]) => {
            const values = cards.map(read)
            const differs = new Set(values.filter(value => value !== null)).size > 1
            return (
              <Table.Tr key={label}>
                <Table.Th fw={400}><Text size="sm" c="dimmed">{label}</Text></Table.Th>
                {values.map((value, index) => <Table.Td key={index} style={{ overflowWrap: 'anywhere' }}><Text size="sm" c={differs ? undefined : 'dimmed'}>{value ?? '—'}</Text></Table.Td>)}
              </Table.Tr>
            )
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
