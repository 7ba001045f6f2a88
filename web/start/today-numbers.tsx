import { SimpleGrid, Stack, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Condition } from '../../shared/conditions.ts'
import type { Today } from '../../shared/start.ts'
import { withQuery } from '../app/api.ts'
import { StatNumber } from '../ui/stat-number.tsx'
import { useFormat } from '../ui/format.ts'

/** Today's numbers; each opens the people it counts. */
export function TodayNumbers({ today }: { today: Today }) {
  const { t } = useTranslation('start')
  const format = useFormat()
  const people = (condition: Condition) => withQuery('/contacts', { filter: JSON.stringify({ all: [condition] }) })
  const did = (event: string) => people({ event, window: { from: today.since } })
  return (
    <Stack gap="sm" component="section" aria-label={t('today.title')}>
      <Title order={2}>{t('today.title')}</Title>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="xs">
        <StatNumber label={t('today.new_contacts')} value={format.number(today.new_contacts)} people={people({ field: 'created_at', operator: 'after', value: today.since })} />
        <StatNumber label={t('today.new_leads')} value={format.number(today.new_leads)} to="/leads" />
        <StatNumber label={t('today.mails_sent')} value={format.number(today.mails_sent)} people={did('email.sent')} />
        <StatNumber label={t('today.people_opened')} value={format.number(today.people_opened)} hint={t('today.clicked', { count: today.people_clicked })} people={did('email.opened')} />
        <StatNumber label={t('today.orders')} value={format.number(today.orders)} people={did('order.placed')} />
        <StatNumber label={t('today.revenue')} value={format.money(today.revenue, today.currency)} people={did('order.placed')} />
      </SimpleGrid>
    </Stack>
  )
}
