import { useState } from 'react'
import { Anchor, Table, Text, UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { DeliveryBy, DeliveryOverview, DeliveryWhat } from '../../shared/reputation.ts'
import { withQuery } from '../app/api.ts'
import { useFormat } from '../ui/format.ts'
import { PeopleDrawer } from '../ui/people-drawer.tsx'

type Row = DeliveryOverview['rows'][number]
const columns: { what: DeliveryWhat, of: 'sent' | 'delivered' | null }[] = [
  { what: 'sent', of: null }, { what: 'delivered', of: 'sent' }, { what: 'bounced_hard', of: 'sent' }, { what: 'bounced_soft', of: 'sent' }, { what: 'complained', of: 'delivered' }, { what: 'opened', of: 'delivered' }, { what: 'clicked', of: 'delivered' }, { what: 'unsubscribed', of: 'delivered' },
]

/** One row a group; every number opens its people, what is over its limit stands out. */
export function DeliveryTable({ rows, by, days, limits }: { rows: Row[], by: DeliveryBy, days: number, limits: DeliveryOverview['limits'] }) {
  const { t } = useTranslation('deliverability')
  const format = useFormat()
  const [shown, setShown] = useState<{ row: Row, what: DeliveryWhat } | null>(null)
  if (rows.length === 0) return <Text size="sm" c="dimmed">{t('no_rows')}</Text>
  const limitOf = (what: DeliveryWhat): number | null => what === 'bounced_hard' || what === 'bounced_soft' ? limits.bounced : what === 'complained' ? limits.complained : what === 'unsubscribed' ? limits.unsubscribed : null
  const isOver = (row: Row, what: DeliveryWhat) => {
    const limit = limitOf(what)
    return limit !== null && row.sent >= limits.least_mails && row[what] / row.sent * 100 > limit
  }
  const name = (row: Row) => by === 'provider' && row.key === 'other' ? t('other_providers') : by === 'source' && row.key === '' ? t('no_source') : by === 'domain' && row.key === '' ? t('no_domain') : by === 'sender' && row.key === '0' ? t('company_server') : row.name || t('gone')
  return (
    <Table.ScrollContainer minWidth={820}>
      <Table verticalSpacing={6} highlightOnHover style={{ fontVariantNumeric: 'tabular-nums' }}>
        <Table.Thead><Table.Tr><Table.Th>{t(`by.${by}`)}</Table.Th>{columns.map(({ what }) => <Table.Th key={what} ta="right">{t(`what.${what}`)}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {rows.map(row => (
            <Table.Tr key={row.key}>
              <Table.Td>{by === 'campaign' || by === 'journey' ? <Anchor component={Link} size="sm" to={`/${by}s/${row.key}`}>{name(row)}</Anchor> : name(row)}</Table.Td>
              {columns.map(({ what, of }) => (
                <Table.Td key={what} ta="right">
                  <UnstyledButton fz="sm" c={isOver(row, what) ? 'red' : undefined} fw={isOver(row, what) ? 700 : undefined} title={format.number(row[what])} disabled={row[what] === 0} onClick={() => setShown({ row, what })}>
                    {of === null ? format.number(row[what]) : row[of] === 0 ? '–' : format.percent(row[what] / row[of], row[what] / row[of] < 0.01 ? 2 : 1)}
                  </UnstyledButton>
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <PeopleDrawer title={shown ? `${name(shown.row)}: ${t(`what.${shown.what}`)}` : ''} path={withQuery('/deliverability/people', { days, what: shown?.what ?? 'sent', by, key: shown?.row.key ?? '' })} opened={shown !== null} onClose={() => setShown(null)} />
    </Table.ScrollContainer>
  )
}
