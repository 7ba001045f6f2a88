import { useState } from 'react'
import { Badge, Button, Group, List, Modal, Paper, Select, SimpleGrid, Skeleton, Stack, Text, TextInput, ThemeIcon, Title } from '@mantine/core'
import { IconMail, IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import type { JourneyView } from '../../shared/journeys.ts'
import type { ReadyMadeJourney } from '../../shared/ready-made.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useLookups } from './lookups.ts'
import { outline } from './outline.ts'
import { stepLook, triggerLook } from './step-look.ts'
import { useStepWords } from './step-words.ts'

/** Journeys that only want a few choices: each says what it does, for whom, what it needs and what to watch. */
export function ReadyMade() {
  const { t } = useTranslation('journey_life')
  const [opened, setOpened] = useState<ReadyMadeJourney | null>(null)
  const found = useQuery({ queryKey: ['ready-made-journeys'], queryFn: ({ signal }) => api.get<{ data: ReadyMadeJourney[] }>('/ready-made-journeys', { signal }) })
  return (
    <Stack gap="sm" mt="xl">
      <Stack gap={2}><Title order={2} fz="h3">{t('ready.title')}</Title><Text size="sm" c="dimmed">{t('ready.subtitle')}</Text></Stack>
      <ErrorNotice error={found.error} />
      {found.isPending && <Skeleton h={160} />}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing="sm">
        {found.data?.data.map(journey => <Card key={journey.key} journey={journey} onOpen={() => setOpened(journey)} />)}
      </SimpleGrid>
      <Modal opened={opened !== null} onClose={() => setOpened(null)} size="xl" title={<Text fw={600}>{opened?.name}</Text>}>{opened !== null && <Preview journey={opened} />}</Modal>
    </Stack>
  )
}

function Card({ journey, onOpen }: { journey: ReadyMadeJourney, onOpen: () => void }) {
  const { t } = useTranslation('journey_life')
  const TriggerIcon = triggerLook[journey.graph.trigger.kind]
  return (
    <Paper p="md" withBorder>
      <Stack gap="xs" h="100%" justify="space-between">
        <Stack gap={6}>
          <Group gap={8} wrap="nowrap"><ThemeIcon size={26} radius="sm" variant="light"><TriggerIcon size={16} stroke={1.8} aria-hidden /></ThemeIcon><Text fw={600} size="sm">{journey.name}</Text></Group>
          <Text size="sm" c="dimmed">{t(`ready.what.${journey.key}`)}</Text>
        </Stack>
        <Group justify="space-between" gap={6}>
          <Text size="xs" c="dimmed">{t('ready.mails', { count: journey.mails.length })}</Text>
          <Button size="compact-sm" variant="light" onClick={onOpen} aria-label={t('ready.look_at', { name: journey.name })}>{t('ready.look')}</Button>
        </Group>
      </Stack>
    </Paper>
  )
}

function Preview({ journey }: { journey: ReadyMadeJourney }) {
  const { t } = useTranslation('journey_life')
  const may = useMay('marketing')
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
      <Stack gap="sm">
        <Text size="sm">{t(`ready.what.${journey.key}`)}</Text>
        <Fact title={t('ready.for_whom')} text={t(`ready.whom.${journey.key}`)} />
        <Fact title={t('ready.needs')} text={t(`ready.need.${journey.key}`)} />
        <Fact title={t('ready.expect')} text={t(`ready.effect.${journey.key}`)} />
        {journey.makes.length > 0 && <Fact title={t('ready.comes_with')} text={journey.makes.map(part => t(`ready.part.${part}`)).join(', ')} />}
        {journey.journey_id !== null && <Text size="sm">{t('ready.made_before')} <Link to={`/journeys/${journey.journey_id}`}>{t('ready.open_it')}</Link></Text>}
        {may && <Make journey={journey} />}
      </Stack>
      <Flow journey={journey} />
    </SimpleGrid>
  )
}

const Fact = ({ title, text }: { title: string, text: string }) => <Stack gap={0}><Text size="xs" c="dimmed">{title}</Text><Text size="sm">{text}</Text></Stack>

/** The flow as a list: what starts it, its steps and where its ways part. */
function Flow({ journey }: { journey: ReadyMadeJourney }) {
  const { t } = useTranslation('journey_life')
  const words = useStepWords(useLookups())
  const { graph } = journey
  return (
    <Paper p="md" withBorder>
      <Text size="xs" c="dimmed" mb={6}>{t('ready.flow')}</Text>
      <List listStyleType="none" spacing={6} size="sm">
        <List.Item><Text size="sm" fw={600}>{graph.trigger.kind === 'segment_entered' ? t('ready.own_segment') : words.trigger(graph)}</Text></List.Item>
        {outline(graph).map((row, index) => {
          if (row.kind === 'branch') return <List.Item key={index} ml={row.depth * 16}><Text size="xs" c="dimmed" fw={500}>{words.way(row.place, row.place.step === null ? undefined : graph.steps[row.place.step])}</Text></List.Item>
          if (row.kind !== 'step') return null
          const step = graph.steps[row.key]!
          const { icon: StepIcon, color } = stepLook[step.kind]
          const mail = journey.mails.find(one => one.step === row.key)
          const summary = mail === undefined && 'template_id' in step ? undefined : mail === undefined ? words.summary(step, graph) : mail.name
          return (
            <List.Item key={index} ml={row.depth * 16} icon={<ThemeIcon size={20} radius="sm" variant="light" color={color}><StepIcon size={13} aria-hidden /></ThemeIcon>}>
              <Text size="sm">{summary === undefined ? words.title(step) : `${words.title(step)}: ${summary}`}</Text>
            </List.Item>
          )
        })}
      </List>
      <Text size="xs" c="dimmed" mt="sm"><IconMail size={12} aria-hidden /> {t('ready.both_languages')}</Text>
    </Paper>
  )
}

function Make({ journey }: { journey: ReadyMadeJourney }) {
  const { t } = useTranslation('journey_life')
  const navigate = useNavigate()
  const client = useQueryClient()
  const lookups = useLookups()
  const [topic, setTopic] = useState<string | null>(null)
  const [user, setUser] = useState<string | null>(null)
  const [site, setSite] = useState('')
  const chosen = topic ?? (lookups.topics.length === 1 ? lookups.topics[0]!.value : null)
  const make = useMutation({
    mutationFn: () => api.post<JourneyView>(`/ready-made-journeys/${journey.key}`, { topic_id: Number(chosen), user_id: user === null ? null : Number(user), ...site.trim() === '' ? {} : { site: site.trim() } }),
    onSuccess: (made) => {
      void client.invalidateQueries()
      void navigate(`/journeys/${made.id}`)
    },
  })
  return (
    <Stack gap="xs" mt="xs">
      <Select label={t('ready.topic')} description={t('ready.topic_hint')} data={lookups.topics} value={chosen} onChange={setTopic} allowDeselect={false} />
      {journey.choices.includes('user') && <Select label={t('ready.user')} placeholder={t('ready.me')} data={lookups.users} value={user} onChange={setUser} clearable />}
      <TextInput label={t('ready.site')} description={t('ready.site_hint')} placeholder="https://" value={site} onChange={event => setSite(event.currentTarget.value)} />
      <ErrorNotice error={make.error} />
      <Group><Button leftSection={<IconPlus size={16} />} disabled={chosen === null} loading={make.isPending} onClick={() => make.mutate()}>{t('ready.make')}</Button><Badge variant="light" color="gray" tt="none" fw={400}>{t('ready.as_draft')}</Badge></Group>
    </Stack>
  )
}
