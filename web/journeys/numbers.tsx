import { Anchor, Paper, SimpleGrid, Stack, Table, Text, Title, UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { JourneyReport } from '../../shared/journeys.ts'
import { withQuery } from '../app/api.ts'
import { useFormat } from '../ui/format.ts'
import { Money } from '../ui/money.tsx'
import { StatNumber } from '../ui/stat-number.tsx'
import { useEditor } from './editor.ts'
import { Failures } from './failures.tsx'
import { outline } from './outline.ts'
import { FindWay } from './way.tsx'

/** What the journey has done; every number opens the people behind it. */
export function Numbers({ journeyId, report, person }: { journeyId: number, report: JourneyReport | null, person: number | null }) {
  const { t } = useTranslation('journeys')
  const { graph, words, showPeople } = useEditor()
  const format = useFormat()
  const way = (
    <Stack gap="xs">
      <Title order={3}>{t('way_title')}</Title>
      <FindWay journeyId={journeyId} person={person} />
    </Stack>
  )
  if (report === null) return way
  const { totals } = report
  const share = (part: number, whole: number) => whole === 0 ? undefined : format.percent(part / whole)
  const stat = (what: 'entered' | 'here' | 'done' | 'left' | 'failed' | 'sent' | 'skipped' | 'opened' | 'clicked' | 'unsubscribed' | 'orders', hint?: string) =>
    <StatNumber key={what} label={t(`people.${what}`)} value={format.number(totals[what])} hint={hint} people={totals[what] === 0 ? null : withQuery(`/journeys/${journeyId}/people`, { what })} />
  const steps = outline(graph).flatMap(row => row.kind === 'step' ? [row] : [])
  const known = new Set(steps.map(row => row.key))
  const gone = Object.keys(report.steps).filter(step => !known.has(step))
  const cell = (step: string, what: string, value: number | undefined) => (
    <Table.Td ta="right">{value ? <UnstyledButton fz="sm" c="pine" onClick={() => showPeople(t(`people.${what}`), { step, what })}>{format.number(value)}</UnstyledButton> : <Text size="sm" c="dimmed">{value === undefined ? '' : 0}</Text>}</Table.Td>
  )
  const row = (step: string, title: string, number?: number) => {
    const numbers = report.steps[step]
    const mails = numbers?.mails
    return (
      <Table.Tr key={step}>
        <Table.Td><Text size="sm">{number === undefined ? title : `${number}. ${title}`}</Text></Table.Td>
        {cell(step, 'here', numbers?.here ?? 0)}
        {cell(step, 'passed', numbers?.passed ?? 0)}
        {cell(step, 'sent', mails?.sent)}
        {cell(step, 'skipped', mails?.skipped)}
        {cell(step, 'opened', mails?.opened)}
        {cell(step, 'clicked', mails?.clicked)}
        {cell(step, 'unsubscribed', mails?.unsubscribed)}
        {cell(step, 'orders', mails?.orders)}
        <Table.Td ta="right">{mails && <Money amount={mails.revenue} currency={report.currency} />}</Table.Td>
        {cell(step, 'left', numbers?.left ?? 0)}
        {cell(step, 'failed', numbers?.failed ?? 0)}
      </Table.Tr>
    )
  }
  return (
    <Stack gap="md">
      {person !== null && way}
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="sm">
        {stat('entered')}{stat('here')}{stat('done')}
        {stat('sent')}{stat('opened', totals.sent > 0 ? t('with_machines', { share: share(totals.opened, totals.sent), all: share(totals.machine_opened, totals.sent) }) : undefined)}{stat('clicked', share(totals.clicked, totals.sent))}
        {stat('skipped')}{stat('unsubscribed', share(totals.unsubscribed, totals.sent))}{stat('orders')}
        <StatNumber label={t('revenue')} value={<Money amount={totals.revenue} currency={report.currency} />} people={totals.orders === 0 ? null : withQuery(`/journeys/${journeyId}/people`, { what: 'orders' })} />
        {totals.left > 0 && stat('left')}{totals.failed > 0 && stat('failed')}
      </SimpleGrid>
      {report.counted_at !== null && <Text size="sm" c="dimmed">{t('counted_at', { time: format.dayAndTime(report.counted_at) })}</Text>}
      {totals.sent + totals.queued + totals.skipped > 0 && <Anchor component={Link} to={`/journeys/${journeyId}/ledger`} size="sm" w="fit-content">{t('ledger.open')}</Anchor>}
      {totals.failed > 0 && <Failures journeyId={journeyId} />}
      <Paper p={0}>
        <Table.ScrollContainer minWidth={860}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th miw={240}>{t('step')}</Table.Th>
                {(['here', 'passed', 'sent', 'skipped', 'opened', 'clicked', 'unsubscribed', 'orders'] as const).map(what => <Table.Th key={what} ta="right">{t(`people.${what}`)}</Table.Th>)}
                <Table.Th ta="right">{t('revenue')}</Table.Th>
                <Table.Th ta="right">{t('people.left')}</Table.Th>
                <Table.Th ta="right">{t('people.failed')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {steps.map(({ key, number }) => row(key, `${words.title(graph.steps[key]!)}${words.summary(graph.steps[key]!, graph) === undefined ? '' : ` · ${words.summary(graph.steps[key]!, graph)}`}`, number))}
              {gone.map(step => row(step, t('step_of_older_version', { step })))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Paper>
      {person === null && way}
    </Stack>
  )
}
