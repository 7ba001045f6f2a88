import { useState } from 'react'
import { Anchor, Badge, Button, Group, Menu, Paper, Skeleton, Stack, Text } from '@mantine/core'
import { IconArrowMoveRight, IconDoorExit, IconRefresh } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Condition, ConditionLeaf } from '../../shared/conditions.ts'
import type { EnrolmentView } from '../../shared/journeys.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { FindContact } from './find-contact.tsx'
import { useLookups } from './lookups.ts'
import { outline } from './outline.ts'
import { useStepWords } from './step-words.ts'
import type { StepWords } from './step-words.ts'
import classes from './journey.module.css'

/** Why did this person go this way? Choose one and see. */
export function FindWay({ journeyId, person }: { journeyId: number, person: number | null }) {
  const { t } = useTranslation('journeys')
  const [contact, setContact] = useState<number | null>(person)
  return (
    <Stack gap="sm" maw={640}>
      <FindContact label={t('way_contact')} value={contact} onChange={setContact} />
      {contact !== null && <Ways journeyId={journeyId} contactId={contact} />}
    </Stack>
  )
}

/** One person's ways through a journey, the latest first; they follow live. */
export function Ways({ journeyId, contactId, only }: { journeyId: number, contactId: number, only?: number }) {
  const { t } = useTranslation('journeys')
  const client = useQueryClient()
  const key = ['journey', journeyId, 'ways', contactId]
  const ways = useQuery({ queryKey: key, queryFn: ({ signal }) => api.get<{ data: EnrolmentView[] }>(`/journeys/${journeyId}/enrolments?contact_id=${contactId}`, { signal }) })
  useLive([`journey:${journeyId}`, `contact:${contactId}`], () => void client.invalidateQueries({ queryKey: key }))
  if (ways.isPending) return <Skeleton h={80} />
  if (ways.isError) return <ErrorNotice error={ways.error} retry={() => void ways.refetch()} />
  const shown = ways.data.data.filter(way => only === undefined || way.id === only)
  if (shown.length === 0) return <Text size="sm" c="dimmed">{t('never_in')}</Text>
  return <Stack gap="sm">{shown.map(way => <Way key={way.id} way={way} />)}</Stack>
}

function Way({ way }: { way: EnrolmentView }) {
  const { t } = useTranslation('journeys')
  const words = useStepWords(useLookups())
  const format = useFormat()
  const may = useMay('marketing')
  const client = useQueryClient()
  const refresh = () => void client.invalidateQueries({ queryKey: ['journey', way.journey_id] })
  const retry = useMutation({ mutationFn: () => api.post(`/journeys/${way.journey_id}/enrolments/${way.id}/retrial?contact_id=${way.contact_id}`), onSuccess: refresh, onError: notifyError })
  const leave = useMutation({ mutationFn: () => api.delete(`/journeys/${way.journey_id}/enrolments/${way.id}?contact_id=${way.contact_id}`), onSuccess: refresh, onError: notifyError })
  const stepWords = (key: string) => {
    const step = way.graph.steps[key]
    if (!step) return key
    const summary = words.summary(step, way.graph)
    return summary === undefined ? words.title(step) : `${words.title(step)}: ${summary}`
  }
  const going = way.state === 'active' || way.state === 'waiting'
  return (
    <Paper p="sm">
      <Group gap="xs" mb="sm">
        <Badge color={way.state === 'failed' ? 'red' : going ? 'pine' : 'gray'}>{t(`way_states.${way.state}`)}</Badge>
        {way.test && <Badge color="grape">{t('test_run')}</Badge>}
        <Text size="xs" c="dimmed">{t('entered_because', { time: format.dayAndTime(way.entered_at), because: because(way.because, t) })}{way.version > 0 && ` · ${t('version', { number: way.version })}`}</Text>
      </Group>
      <div>
        {way.steps.map(step => (
          <div key={step.visit} className={classes.wayStep}>
            <Text size="sm" fw={500}>{stepWords(step.step)}</Text>
            <Text size="xs" c="dimmed">{format.dayAndTime(step.left_at)} · {words.outcome(step.outcome, way.graph.steps[step.step])}{step.mail !== null && ` · ${mailWords(step.mail, t, words)}`}</Text>
            <Reasons reason={step.reason} condition={conditionAt(way, step.step)} words={words} graph={way.graph} />
          </div>
        ))}
        {(going || way.state === 'failed') && (
          <div className={classes.wayStep} data-now={going || undefined} data-failed={way.state === 'failed' || undefined}>
            <Text size="sm" fw={600}>{stepWords(way.step)}</Text>
            <Text size="xs" c={way.state === 'failed' ? 'red' : 'dimmed'}>
              {way.state === 'failed' ? words.reason(way.state_reason, way.graph) : way.state === 'waiting' && way.wake_at !== null ? t('waits_until', { time: format.dayAndTime(way.wake_at) }) : t('goes_on_soon')}
            </Text>
            {may && (
              <Group gap="xs" mt={6}>
                {way.state === 'failed' && <Button size="compact-xs" variant="light" leftSection={<IconRefresh size={13} />} loading={retry.isPending} onClick={() => retry.mutate()}>{t('retry')}</Button>}
                <MoveTo way={way} stepWords={stepWords} onMoved={refresh} />
                <Button size="compact-xs" variant="subtle" color="gray" leftSection={<IconDoorExit size={13} />} loading={leave.isPending} onClick={() => leave.mutate()}>{t('take_out')}</Button>
              </Group>
            )}
          </div>
        )}
        {way.state === 'left' && <Text size="xs" c="dimmed">{words.reason(way.state_reason, way.graph)}</Text>}
      </div>
      <Anchor component={Link} to={`/contacts/${way.contact_id}`} size="xs">{t('to_card')}</Anchor>
    </Paper>
  )
}

/** Puts the person at another step of the version they are on. */
function MoveTo({ way, stepWords, onMoved }: { way: EnrolmentView, stepWords: (key: string) => string, onMoved: () => void }) {
  const { t } = useTranslation('journey_life')
  const move = useMutation({ mutationFn: (step: string) => api.put(`/journeys/${way.journey_id}/enrolments/${way.id}/step?contact_id=${way.contact_id}`, { step }), onSuccess: onMoved, onError: notifyError })
  const steps = outline(way.graph).flatMap(row => row.kind === 'step' && row.key !== way.step ? [{ key: row.key, label: `${row.number}. ${stepWords(row.key)}` }] : [])
  if (steps.length === 0) return null
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target><Button size="compact-xs" variant="subtle" leftSection={<IconArrowMoveRight size={13} />} loading={move.isPending}>{t('way.move_to')}</Button></Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflowY: 'auto' }}>
        {steps.map(step => <Menu.Item key={step.key} onClick={() => move.mutate(step.key)}>{step.label}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  )
}

function because(value: string, t: (key: string) => string): string {
  const [kind = ''] = value.split(':')
  return t(`because.${['event', 'segment', 'manual', 'test'].includes(kind) ? kind : 'manual'}`)
}

function mailWords(mail: NonNullable<EnrolmentView['steps'][number]['mail']>, t: (key: string) => string, words: StepWords): string {
  if (mail.clicked_at !== null) return t('mail_states.clicked')
  if (mail.opened_at !== null) return t('mail_states.opened')
  return mail.reason === null ? t(`mail_states.${mail.state}`) : `${t(`mail_states.${mail.state}`)} (${words.reason(mail.reason)})`
}

function conditionAt(way: EnrolmentView, key: string): Condition | null {
  const step = way.graph.steps[key]
  return step && 'condition' in step ? step.condition : null
}

/** `leaves:101`: the truth of each leaf when the condition was asked. */
function Reasons({ reason, condition, words, graph }: { reason: string, condition: Condition | null, words: StepWords, graph: EnrolmentView['graph'] }) {
  if (condition === null || !reason.startsWith('leaves:')) return null
  const truths = reason.slice('leaves:'.length)
  return <>{leaves(condition).map((leaf, index) => <Text key={index} size="xs" c={truths[index] === '1' ? 'pine' : 'dimmed'}>{truths[index] === '1' ? '✓' : '✗'} {words.condition(leaf, graph)}</Text>)}</>
}

function leaves(condition: Condition): ConditionLeaf[] {
  if ('all' in condition) return condition.all.flatMap(leaves)
  if ('any' in condition) return condition.any.flatMap(leaves)
  if ('not' in condition) return leaves(condition.not)
  return [condition]
}
