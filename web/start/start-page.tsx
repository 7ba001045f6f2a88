import { Anchor, Grid, Group, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Lag } from '../../shared/contacts.ts'
import type { Checklist, Today } from '../../shared/start.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useSession } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { FoundDuplicates } from './found-duplicates.tsx'
import { LaunchChecklist } from './launch-checklist.tsx'
import { MyTasks, NewLeads } from './my-work.tsx'
import { TodayNumbers } from './today-numbers.tsx'

/** Where the day begins: what is still to be set up, what has happened, what is to be done. */
export function Page() {
  const { t } = useTranslation('start')
  const { user, company } = useSession()
  const format = useFormat()
  const checklist = useQuery({ queryKey: ['checklist'], queryFn: () => api.get<Checklist>('/checklist'), refetchOnMount: 'always' })
  const today = useQuery({ queryKey: ['today'], queryFn: () => api.get<Today>('/today'), refetchInterval: 30_000 })
  const lag = useQuery({ queryKey: ['lag'], queryFn: () => api.get<Lag>('/lag'), refetchInterval: 10_000, retry: false })
  const client = useQueryClient()
  useLive(['leads', 'tasks'], () => void client.invalidateQueries({ queryKey: ['list'] }))
  const isLaunched = checklist.data !== undefined && checklist.data.done === checklist.data.total
  const steps = checklist.data === undefined ? null : <LaunchChecklist checklist={checklist.data} />

  return (
    <>
      <PageHeader title={t('hello', { name: user.name.split(' ')[0] })} subtitle={<>{company.name} · {format.day(new Date().toISOString())}{lag.data !== undefined && <> · <LagWords lag={lag.data} /></>}</>} />
      <ErrorNotice error={checklist.error ?? today.error} retry={() => { void checklist.refetch(); void today.refetch() }} />
      <Stack gap="xl">
        {today.data?.has_data === true && <TodayNumbers today={today.data} />}
        <Grid gap="xl">
          <Grid.Col span={{ base: 12, md: 7 }}>{!isLaunched && steps}{isLaunched && <NewLeads />}</Grid.Col>
          <Grid.Col span={{ base: 12, md: 5 }}>
            <Stack gap="xl">
              <MyTasks />
              {!isLaunched && today.data?.has_data === true && <NewLeads />}
              <FoundDuplicates />
            </Stack>
          </Grid.Col>
        </Grid>
        {isLaunched && (
          <Group gap={6}>
            <Text size="sm" c="dimmed">{t('checklist.all_done')}</Text>
            <Anchor component={Link} to="/reports" size="sm">{t('to_reports')}</Anchor>
          </Group>
        )}
      </Stack>
    </>
  )
}

/** How far behind the events the cards, segments and journeys are. */
function LagWords({ lag }: { lag: Lag }) {
  const { t } = useTranslation('start')
  const format = useFormat()
  if (lag.queue === 0) return <span>{t('lag.none')}</span>
  return <Text component="span" inherit c={lag.oldest_event_seconds > 60 ? 'amber.7' : undefined}>{t('lag.some', { seconds: format.number(Math.max(1, Math.round(lag.oldest_event_seconds))), queue: format.number(lag.queue) })}</Text>
}
