import { lazy, Suspense, useState } from 'react'
import { Anchor, Button, Center, Group, Loader, Paper, SegmentedControl, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { DeliveryBy, DeliveryOverview, DeliveryWhat } from '../../shared/reputation.ts'
import { OpenAlerts } from '../alerts/open-alerts.tsx'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { StatNumber } from '../ui/stat-number.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { DeliveryTable } from './delivery-table.tsx'
import { RateLimits } from './rate-limits.tsx'

const DeliveryChart = lazy(() => import('./delivery-chart.tsx'))
const periods = [7, 30, 90, 365] as const

/** How mails fare with those who take them, and where it goes wrong. */
export function Page() {
  const { t } = useTranslation('deliverability')
  const [days, setDays] = useState<number>(30)
  const [by, setBy] = useState<DeliveryBy>('provider')
  const found = useQuery({ queryKey: ['deliverability', days, by], queryFn: ({ signal }) => api.get<DeliveryOverview>(withQuery('/deliverability', { days, by }), { signal }), placeholderData: previous => previous })
  useLive(['deliverability'], () => void found.refetch())
  return (
    <>
      <PageHeader
        title={t('title')} subtitle={t('subtitle')}
        actions={(
          <>
            <Button variant="default" component={Link} to="/deliverability/hygiene">{t('hygiene')}</Button>
            <Button variant="default" component={Link} to="/deliverability/placement">{t('placement')}</Button>
            <Button variant="default" component={Link} to="/deliverability/dmarc">{t('dmarc')}</Button>
            <SegmentedControl aria-label={t('reports:period')} value={String(days)} onChange={value => setDays(Number(value))} data={periods.map(value => ({ value: String(value), label: t('reports:last_days', { count: value }) }))} />
          </>
        )}
      />
      <OpenAlerts />
      {found.isPending && <Skeleton height={320} radius="lg" />}
      {found.isError && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
      {found.data && (
        <Stack gap="lg">
          {found.data.totals.sent === 0
            ? <Paper><EmptyState icon={IconShieldCheck} title={t('empty_title')} text={t('empty_text')} action={<Anchor component={Link} to="/settings/sending" size="sm">{t('to_domains')}</Anchor>} /></Paper>
            : <Numbers overview={found.data} days={days} by={by} onBy={setBy} />}
          <RateLimits limits={found.data.limits} />
        </Stack>
      )}
    </>
  )
}

function Numbers({ overview, days, by, onBy }: { overview: DeliveryOverview, days: number, by: DeliveryBy, onBy: (by: DeliveryBy) => void }) {
  const { t } = useTranslation('deliverability')
  const format = useFormat()
  const { totals, before } = overview
  const share = (part: number, whole: number) => whole === 0 ? '–' : format.percent(part / whole, part / whole < 0.01 ? 2 : 1)
  const people = (what: DeliveryWhat) => withQuery('/deliverability/people', { days, what })
  const was = (part: number, whole: number) => before.sent === 0 ? undefined : t('before', { rate: share(part, whole) })
  return (
    <>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="xs">
        <StatNumber label={t('what.sent')} value={format.number(totals.sent)} hint={before.sent === 0 ? t('nothing_before') : t('before', { rate: format.number(before.sent) })} people={people('sent')} />
        <StatNumber label={t('what.delivered')} value={share(totals.delivered, totals.sent)} hint={was(before.delivered, before.sent)} people={people('delivered')} />
        <StatNumber label={t('what.bounced_hard')} value={share(totals.bounced_hard, totals.sent)} hint={was(before.bounced_hard, before.sent)} people={people('bounced_hard')} />
        <StatNumber label={t('what.bounced_soft')} value={share(totals.bounced_soft, totals.sent)} hint={was(before.bounced_soft, before.sent)} people={people('bounced_soft')} />
        <StatNumber label={t('what.complained')} value={share(totals.complained, totals.delivered)} hint={was(before.complained, before.delivered)} people={people('complained')} />
        <StatNumber label={t('what.opened')} value={share(totals.opened, totals.delivered)} hint={was(before.opened, before.delivered)} people={people('opened')} />
        <StatNumber label={t('what.opened_by_machines')} value={share(totals.opened_by_machines, totals.delivered)} hint={t('not_people')} people={people('opened_by_machines')} />
        <StatNumber label={t('what.clicked')} value={share(totals.clicked, totals.delivered)} hint={was(before.clicked, before.delivered)} people={people('clicked')} />
        <StatNumber label={t('what.clicked_by_machines')} value={share(totals.clicked_by_machines, totals.delivered)} hint={t('not_people')} people={people('clicked_by_machines')} />
        <StatNumber label={t('what.unsubscribed')} value={share(totals.unsubscribed, totals.delivered)} hint={was(before.unsubscribed, before.delivered)} people={people('unsubscribed')} />
      </SimpleGrid>
      <Paper p="md">
        <Suspense fallback={<Center h={260}><Loader type="dots" /></Center>}><DeliveryChart days={overview.days} /></Suspense>
      </Paper>
      <Paper p="md">
        <Group justify="space-between" mb="xs">
          <Title order={2} size="h4">{t('compare')}</Title>
          <SegmentedControl size="xs" maw="100%" style={{ overflowX: 'auto' }} aria-label={t('compare')} value={by} onChange={value => onBy(value as DeliveryBy)} data={(['provider', 'campaign', 'journey', 'source', 'domain', 'sender'] as const).map(value => ({ value, label: t(`by.${value}`) }))} />
        </Group>
        <DeliveryTable rows={overview.rows} by={by} days={days} limits={overview.limits} />
        {overview.as_of && <Text size="xs" c="dimmed" mt="xs">{t('as_of')} <TimeAgo time={overview.as_of} /></Text>}
      </Paper>
    </>
  )
}
