import { SimpleGrid } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ContactRollups } from '../../shared/contacts.ts'
import { StatNumber } from '../ui/stat-number.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useFormat } from '../ui/format.ts'

/** What follows from the events of this person. */
export function RollupsStrip({ rollups }: { rollups: ContactRollups }) {
  const { t } = useTranslation('contacts')
  const format = useFormat()
  const money = (amount: number) => format.money(amount, rollups.currency)
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="xs">
      <StatNumber to="?timeline=order" label={t('rollups.revenue')} value={money(rollups.revenue)} hint={rollups.average_order === null ? t('rollups.no_orders') : t('rollups.average', { amount: money(rollups.average_order) })} />
      <StatNumber to="?timeline=order" label={t('rollups.orders')} value={format.number(rollups.orders_count)} hint={rollups.days_between_orders === null ? ' ' : t('rollups.every_days', { count: Math.max(1, Math.round(rollups.days_between_orders)) })} />
      <StatNumber small label={t('rollups.last_order')} value={rollups.last_order_at === null ? '—' : <TimeAgo time={rollups.last_order_at} />} hint={rollups.last_order_at === null ? ' ' : format.day(rollups.last_order_at)} />
      <StatNumber to="?timeline=mail" label={t('rollups.mails')} value={format.number(rollups.mails_sent)} hint={rollups.last_mail_at === null ? t('rollups.no_mails') : <TimeAgo time={rollups.last_mail_at} size="xs" />} />
      <StatNumber
        to="?timeline=mail" label={t('rollups.reactions')} value={`${format.number(rollups.opens)} / ${format.number(rollups.clicks)}`}
        hint={rollups.machine_opens + rollups.machine_clicks > 0 ? t('rollups.machines', { opens: rollups.machine_opens, clicks: rollups.machine_clicks }) : rollups.last_open_at === null ? ' ' : <TimeAgo time={rollups.last_open_at} size="xs" />}
      />
      <StatNumber
        small label={t('rollups.activity')} value={rollups.last_event_at === null ? '—' : <TimeAgo time={rollups.last_event_at} />}
        hint={rollups.interactions_per_month === null ? ' ' : t('rollups.per_month', { number: format.number(Math.round(rollups.interactions_per_month * 10) / 10) })}
      />
    </SimpleGrid>
  )
}
