import { lazy, Suspense, useState } from 'react'
import { Alert, Center, Loader, Paper, SegmentedControl, Select, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { DmarcOverview } from '../../shared/reputation.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useSession } from '../app/session.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { StatNumber } from '../ui/stat-number.tsx'
import { DmarcReports } from './dmarc-reports.tsx'
import { DmarcSources } from './dmarc-sources.tsx'
import { GiveReport } from './give-report.tsx'

const DmarcChart = lazy(() => import('./dmarc-chart.tsx'))
const periods = [7, 30, 90, 365] as const

/** Who sends in our name, as receivers report it. */
export function Page() {
  const { t } = useTranslation('dmarc')
  const { user } = useSession()
  const [days, setDays] = useState<number>(30)
  const [domain, setDomain] = useState<string | null>(null)
  const filter = { days, domain: domain ?? undefined }
  const found = useQuery({ queryKey: ['dmarc', filter], queryFn: ({ signal }) => api.get<DmarcOverview>(withQuery('/dmarc-reports/overview', filter), { signal }), placeholderData: previous => previous })
  useLive(['dmarc'], () => void found.refetch())
  const may = user.role === 'administrator' || user.role === 'marketer'
  return (
    <>
      <PageHeader
        title={t('title')} subtitle={t('subtitle')} back={{ to: '/deliverability', label: t('back') }}
        actions={(
          <>
            {(found.data?.domains.length ?? 0) > 1 && <Select size="xs" aria-label={t('domain')} placeholder={t('all_domains')} clearable value={domain} onChange={setDomain} data={found.data!.domains} />}
            <SegmentedControl aria-label={t('reports:period')} value={String(days)} onChange={value => setDays(Number(value))} data={periods.map(value => ({ value: String(value), label: t('reports:last_days', { count: value }) }))} />
          </>
        )}
      />
      {found.isPending && <Skeleton height={320} radius="lg" />}
      {found.isError && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
      {found.data && (
        <Stack gap="lg">
          {found.data.reports === 0
            ? <Paper><EmptyState icon={IconShieldCheck} title={t('empty_title')} text={t('empty_text')} /></Paper>
            : <Numbers overview={found.data} filter={filter} />}
          {may && <GiveReport />}
          <DmarcReports />
        </Stack>
      )}
    </>
  )
}

function Numbers({ overview, filter }: { overview: DmarcOverview, filter: { days: number, domain: string | undefined } }) {
  const { t } = useTranslation('dmarc')
  const format = useFormat()
  const share = (part: number) => overview.mails === 0 ? '–' : format.percent(part / overview.mails)
  return (
    <>
      <Alert variant="light" color={overview.advice === 'mend_own' ? 'red' : overview.advice === 'good' ? 'pine' : 'amber'} title={t(`advice_title.${overview.advice}`)}>{t(`advice.${overview.advice}`)}</Alert>
      <SimpleGrid cols={{ base: 2, sm: 5 }} spacing="xs">
        <StatNumber label={t('mails')} value={format.number(overview.mails)} hint={t('from_reports', { count: overview.reports })} />
        <StatNumber label={t('passed')} value={share(overview.passed)} hint={t('mails_count', { count: overview.passed })} />
        <StatNumber label={t('dkim')} value={share(overview.dkim)} hint={t('mails_count', { count: overview.dkim })} />
        <StatNumber label={t('spf')} value={share(overview.spf)} hint={t('mails_count', { count: overview.spf })} />
        <StatNumber label={t('put_aside')} value={format.number(overview.put_aside)} hint={t('policy', { policy: overview.policy ?? '–' })} />
      </SimpleGrid>
      <Paper p="md">
        <Title order={2} size="h4" mb="sm">{t('by_day')}</Title>
        <Suspense fallback={<Center h={220}><Loader type="dots" /></Center>}><DmarcChart days={overview.days} /></Suspense>
      </Paper>
      <Paper p="md">
        <Title order={2} size="h4">{t('sources')}</Title>
        <Text size="sm" c="dimmed" mb="xs">{t('sources_text')}</Text>
        <DmarcSources sources={overview.sources} filter={filter} />
      </Paper>
    </>
  )
}
