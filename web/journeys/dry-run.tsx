import { useMemo, useState } from 'react'
import { Alert, Badge, Button, Group, NumberInput, Paper, Progress, SegmentedControl, Select, SimpleGrid, Skeleton, Stack, Table, Text, Title, UnstyledButton } from '@mantine/core'
import { IconBinaryTree2, IconFlask, IconInfoCircle, IconPlayerStop } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { DryRunResult, DryRunView } from '../../shared/dry-runs.ts'
import { outletsOf } from '../../shared/journey-problems.ts'
import { api, withQuery } from '../app/api.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { PeopleDrawer } from '../ui/people-drawer.tsx'
import { StatNumber } from '../ui/stat-number.tsx'
import { useStepName } from './changes-list.tsx'
import { daysOf } from './day-bars.tsx'
import { dryFaces } from './dry-faces.ts'
import { useEditor } from './editor.ts'
import { outline } from './outline.ts'
import { useDryRun } from './use-dry-run.ts'
import { placeId } from './ways.ts'

/** The journey played over what really happened in the last days: before it runs, one sees whom it would have met. */
export function DryRun({ journeyId, beforeStart, blocking, onShow }: { journeyId: number, beforeStart: () => Promise<void>, blocking: number, onShow: () => void }) {
  const { t } = useTranslation('journey_life')
  const { readOnly } = useEditor()
  const run = useDryRun(journeyId)
  if (run.isPending) return <Skeleton h={200} />
  if (run.isError) return <ErrorNotice error={run.error} retry={() => void run.refetch()} />
  const latest = run.data
  const going = latest !== null && (latest.state === 'queued' || latest.state === 'running')
  return (
    <Stack gap="md">
      {!readOnly && <Start journeyId={journeyId} beforeStart={beforeStart} blocking={blocking} going={going} options={latest?.options ?? null} />}
      {going && <Going journeyId={journeyId} run={latest} />}
      {latest?.state === 'failed' && <Alert color="red" variant="light" title={t('dry.failed')}>{latest.error}</Alert>}
      {latest?.state === 'cancelled' && <Text size="sm" c="dimmed">{t('dry.cancelled')}</Text>}
      {latest?.outdated && latest.result !== null && <Alert color="amber" variant="light" p="xs">{t('dry.outdated')}</Alert>}
      {latest?.result && <Result journeyId={journeyId} result={latest.result} onShow={onShow} />}
      {latest === null && <EmptyState icon={IconFlask} title={t('dry.empty_title')} text={t('dry.empty_text')} />}
    </Stack>
  )
}

function Start({ journeyId, beforeStart, blocking, going, options }: { journeyId: number, beforeStart: () => Promise<void>, blocking: number, going: boolean, options: DryRunView['options'] | null }) {
  const { t } = useTranslation('journey_life')
  const { t: words } = useTranslation('journeys')
  const { graph, lookups } = useEditor()
  const client = useQueryClient()
  const [days, setDays] = useState<number>(options?.days ?? 30)
  const [most, setMost] = useState(options?.mails_a_week ?? 3)
  const [segment, setSegment] = useState<string | null>(options?.segment_id ? String(options.segment_id) : null)
  const start = useMutation({
    mutationFn: async () => {
      await beforeStart()
      return await api.post<DryRunView>(`/journeys/${journeyId}/dry-run`, { days, mails_a_week: most, segment_id: graph.trigger.kind === 'manual' && segment !== null ? Number(segment) : null })
    },
    onSuccess: run => { client.setQueryData(['journey', journeyId, 'dry-run'], run) },
  })
  return (
    <Paper p="md">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">{t('dry.text')}</Text>
        <Group align="flex-end" gap="md">
          <Stack gap={4}>
            <Text size="sm" fw={500} id="dry-days">{t('dry.days')}</Text>
            <SegmentedControl aria-labelledby="dry-days" value={String(days)} onChange={value => setDays(Number(value))} data={[7, 30, 90].map(count => ({ value: String(count), label: t('dry.last_days', { count }) }))} />
          </Stack>
          <NumberInput label={t('dry.mails_a_week')} w={230} min={1} max={100} allowDecimal={false} value={most} onChange={value => setMost(typeof value === 'number' && value >= 1 ? value : 1)} />
          {graph.trigger.kind === 'manual' && <Select label={t('dry.segment')} w={260} searchable clearable data={lookups.segments} value={segment} onChange={setSegment} />}
          <Button leftSection={<IconFlask size={16} />} loading={start.isPending} disabled={going || blocking > 0} onClick={() => start.mutate()}>{t('dry.start')}</Button>
        </Group>
        {blocking > 0 && <Text size="sm" c="red">{words('problems_block', { count: blocking })}</Text>}
        <ErrorNotice error={start.error} />
      </Stack>
    </Paper>
  )
}

function Going({ journeyId, run }: { journeyId: number, run: DryRunView }) {
  const { t } = useTranslation('journey_life')
  const { readOnly } = useEditor()
  const client = useQueryClient()
  const cancel = useMutation({ mutationFn: () => api.delete(`/journeys/${journeyId}/dry-run`), onSettled: () => void client.invalidateQueries({ queryKey: ['journey', journeyId, 'dry-run'] }), onError: notifyError })
  return (
    <Group gap="sm" wrap="nowrap">
      <Progress flex={1} value={Math.max(3, run.progress)} animated aria-label={t('dry.going')} />
      <Text size="sm" c="dimmed">{t('dry.going_percent', { percent: run.progress })}</Text>
      {!readOnly && <Button size="compact-sm" variant="default" leftSection={<IconPlayerStop size={14} />} loading={cancel.isPending} onClick={() => cancel.mutate()}>{t('dry.cancel')}</Button>}
    </Group>
  )
}

function Result({ journeyId, result, onShow }: { journeyId: number, result: DryRunResult, onShow: () => void }) {
  const { t } = useTranslation('journey_life')
  const { graph, words } = useEditor()
  const { t: common } = useTranslation('journeys')
  const format = useFormat()
  const name = useStepName()
  const [people, setPeople] = useState<{ title: string, path: string } | null>(null)
  const path = (step?: string, what?: string) => withQuery(`/journeys/${journeyId}/dry-run/people`, { step, what })
  const faces = useMemo(() => dryFaces(graph, result), [graph, result])
  const steps = outline(graph).flatMap(row => row.kind === 'step' && result.steps[row.key] ? [{ ...row, numbers: result.steps[row.key]! }] : [])
  const number = (value: number, title: string, behind: string, estimated = false) => value === 0
    ? <Text size="sm" c="dimmed">0</Text>
    : <UnstyledButton fz="sm" c="pine" onClick={() => setPeople({ title, path: behind })}>{estimated ? '≈ ' : ''}{format.number(value)}</UnstyledButton>
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm">
        <StatNumber label={t('dry.entered')} value={format.number(result.entered)} hint={result.people < result.entered ? t('dry.different', { people: format.number(result.people) }) : undefined} people={result.entered === 0 ? null : path()} />
        <StatNumber label={t('dry.finished')} value={format.number(result.done + result.left)} hint={result.here > 0 ? t('dry.still_here', { people: format.number(result.here) }) : undefined} />
        <StatNumber label={t('dry.mails')} value={format.number(result.mails.total)} hint={t('dry.to_people', { people: format.number(result.mails.people) })} />
        <StatNumber label={t('dry.per_day')} value={format.number(result.mails.per_day)} hint={t('dry.busiest', { mails: format.number(result.mails.busiest_day) })} />
        <StatNumber label={t('dry.crowded', { count: result.too_many.mails_a_week })} value={format.number(result.too_many.people)} hint={t('dry.most', { mails: result.too_many.most_in_a_week })} />
        <StatNumber label={t('dry.no_consent')} value={format.number(result.no_consent)} hint={t('dry.no_consent_hint')} />
      </SimpleGrid>
      <Group justify="space-between" gap="xs">
        <Text size="sm" c="dimmed">{t('dry.estimate_sign')}</Text>
        <Button variant="light" size="xs" leftSection={<IconBinaryTree2 size={15} />} onClick={onShow}>{t('dry.show_on_canvas')}</Button>
      </Group>
      {result.sample !== null && <Alert color="amber" variant="light" p="xs">{t('dry.sample', { all: format.number(result.sample.candidates), of: result.sample.one_of })}</Alert>}
      <Days result={result} />
      <Paper p={0}>
        <Table.ScrollContainer minWidth={620}>
          <Table>
            <Table.Thead><Table.Tr><Table.Th miw={220}>{common('step')}</Table.Th><Table.Th ta="right">{t('dry.arrived')}</Table.Th><Table.Th ta="right">{t('dry.here')}</Table.Th><Table.Th>{t('dry.ways')}</Table.Th><Table.Th ta="right">{t('dry.would_send')}</Table.Th><Table.Th>{t('dry.mail_trouble')}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {steps.map(({ key, number: place, numbers }) => {
                const face = faces.steps[key]!
                const title = name(key, graph)
                const ways = outletsOf(graph.steps[key]!).flatMap(({ name: outlet }) => {
                  const called = words.way({ step: key, outlet }, graph.steps[key])
                  return called === undefined ? [] : [{ outlet, called, way: faces.ways[placeId({ step: key, outlet })]! }]
                })
                const left = Object.entries(numbers.outcomes).filter(([value]) => value === 'goal' || value === 'exit')
                return (
                  <Table.Tr key={key}>
                    <Table.Td><Text size="sm">{place}. {title}</Text>{numbers.estimated && <Badge size="xs" color="gray" variant="light">{t('dry.estimated')}</Badge>}</Table.Td>
                    <Table.Td ta="right">{number(numbers.arrived, title, path(key), face.estimated)}</Table.Td>
                    <Table.Td ta="right">{number(numbers.here, `${title}: ${t('dry.here')}`, path(key, 'here'), face.estimated)}</Table.Td>
                    <Table.Td>
                      <Group gap="xs">
                        {ways.map(({ outlet, called, way }) => <Group key={outlet} gap={4} wrap="nowrap"><Text size="xs" c="dimmed">{called}:</Text>{number(way.count, `${title}: ${called}`, path(key, outlet), way.estimated)}</Group>)}
                        {left.map(([value, count]) => <Text key={value} size="xs" c="dimmed">{words.outcome(value)}: {format.number(count)}</Text>)}
                        {numbers.failed > 0 && <Group gap={4} wrap="nowrap"><Text size="xs" c="red">{t('dry.people.failed')}:</Text>{number(numbers.failed, `${title}: ${t('dry.people.failed')}`, path(key, 'failed'))}</Group>}
                      </Group>
                    </Table.Td>
                    <Table.Td ta="right">{numbers.mails === null ? '' : number(numbers.mails.sent, `${title}: ${t('dry.people.sent')}`, path(key, 'sent'), face.estimated)}</Table.Td>
                    <Table.Td>
                      {numbers.mails !== null && Object.entries(numbers.mails.skipped).map(([reason, count]) => <UnstyledButton key={reason} fz="xs" c="dimmed" display="block" onClick={() => setPeople({ title: `${title}: ${t('dry.people.skipped')}`, path: path(key, 'skipped') })}>{words.reason(reason)}: {format.number(count)}</UnstyledButton>)}
                      {numbers.mails !== null && numbers.mails.crowded > 0 && <UnstyledButton fz="xs" c="orange" display="block" onClick={() => setPeople({ title: `${title}: ${t('dry.people.crowded')}`, path: path(key, 'crowded') })}>{t('dry.people.crowded')}: {format.number(numbers.mails.crowded)}</UnstyledButton>}
                    </Table.Td>
                  </Table.Tr>
                )
              })}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Paper>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        {result.mails.per_person.length > 0 && (
          <Stack gap={6}>
            <Title order={4}>{t('dry.per_person')}</Title>
            {result.mails.per_person.map(({ mails, people: count }) => <Text key={mails} size="sm">{t('dry.got', { count: mails, people: format.number(count) })}</Text>)}
          </Stack>
        )}
        {result.overlaps.length > 0 && (
          <Stack gap={6}>
            <Title order={4}>{t('dry.overlaps')}</Title>
            {result.overlaps.map(one => <Text key={one.journey_id} size="sm"><Link to={`/journeys/${one.journey_id}`}>{one.name}</Link>: {t('dry.overlap_people', { people: format.number(one.people) })}</Text>)}
          </Stack>
        )}
      </SimpleGrid>
      {(result.not_entered.condition > 0 || result.not_entered.reentry > 0 || result.not_entered.limit > 0) && (
        <Text size="sm" c="dimmed">{t('dry.not_entered', { condition: format.number(result.not_entered.condition), reentry: format.number(result.not_entered.reentry), limit: format.number(result.not_entered.limit) })}</Text>
      )}
      {result.notes.length > 0 && (
        <Alert variant="light" color="gray" icon={<IconInfoCircle size={18} />} title={t('dry.notes_title')}>
          <Stack gap={2}>{result.notes.map(note => <Text key={note} size="sm">{t(`dry.notes.${note}`)}</Text>)}</Stack>
        </Alert>
      )}
      <PeopleDrawer title={people?.title ?? ''} path={people?.path ?? ''} opened={people !== null} onClose={() => setPeople(null)} />
    </Stack>
  )
}

/** Who would have entered and how many mails would have gone, day by day. */
function Days({ result }: { result: DryRunResult }) {
  const { t } = useTranslation('journey_life')
  const format = useFormat()
  const most = Math.max(1, ...result.by_day.flatMap(day => [day.entered, day.mails]))
  const counts = new Map(result.by_day.map(day => [day.day, day]))
  const days = daysOf(result.from, result.days, [...counts.keys()])
  if (result.by_day.length === 0) return null
  return (
    <Stack gap={6}>
      <Title order={4}>{t('dry.by_day')}</Title>
      <Group gap={1} align="flex-end" wrap="nowrap" h={90} role="img" aria-label={t('dry.by_day_label', { most: format.number(result.mails.busiest_day) })}>
        {days.map((day) => {
          const { entered, mails } = counts.get(day) ?? { entered: 0, mails: 0 }
          return (
            <Group key={day} gap={1} align="flex-end" wrap="nowrap" flex={1} h="100%" title={t('dry.day', { day: format.day(`${day}T12:00:00Z`), entered: format.number(entered), mails: format.number(mails) })}>
              <div style={{ flex: 1, height: `${entered / most * 100}%`, minHeight: entered > 0 ? 2 : 0, background: 'var(--mantine-color-gray-5)', borderRadius: 1 }} />
              <div style={{ flex: 1, height: `${mails / most * 100}%`, minHeight: mails > 0 ? 2 : 0, background: 'var(--mantine-color-pine-6)', borderRadius: 1 }} />
            </Group>
          )
        })}
      </Group>
      <Group justify="space-between"><Text size="xs" c="dimmed">{format.day(result.from)}</Text><Group gap="md"><Text size="xs" c="dimmed">■ {t('dry.entered')}</Text><Text size="xs" c="pine">■ {t('dry.mails')}</Text></Group><Text size="xs" c="dimmed">{format.day(result.to)}</Text></Group>
    </Stack>
  )
}
