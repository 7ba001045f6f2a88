import { useState } from 'react'
import { Alert, Button, Group, Modal, Radio, Select, Skeleton, Stack, Table, Text, Title } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { PlaceDecision, PublicationPreview } from '../../shared/journey-versions.ts'
import type { JourneyGraph, JourneyView } from '../../shared/journeys.ts'
import { api, withQuery } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyDone } from '../ui/notify.ts'
import { ChangesList, useStepName } from './changes-list.tsx'
import { useEditor } from './editor.ts'
import { outline } from './outline.ts'

type People = 'stay' | 'move' | 'end'
type Props = {
  journey: JourneyView
  /** number of an older version to publish again; null: the draft */
  version: number | null
  /** the graph that is published */
  graph: JourneyGraph
  opened: boolean
  onClose: () => void
  onPublished: (journey: JourneyView) => void
}

/** Before anything is published: what changes, who is where, and what becomes of them. */
export function PublishDialog(props: Props) {
  const { t } = useTranslation('journey_life')
  const { journey, version, opened, onClose } = props
  return (
    <Modal opened={opened} onClose={onClose} size="xl" title={<Text fw={600}>{version !== null ? t('publish.title_back', { number: version }) : t(journey.version === null ? 'publish.title_first' : journey.state === 'paused' ? 'publish.title_resume' : 'publish.title')}</Text>}>
      {opened && <Publication {...props} />}
    </Modal>
  )
}

function Publication({ journey, version, graph, onClose, onPublished }: Props) {
  const { t } = useTranslation('journey_life')
  const { t: words } = useTranslation('journeys')
  const { words: stepWords } = useEditor()
  const client = useQueryClient()
  const format = useFormat()
  const [people, setPeople] = useState<People>('stay')
  const [decisions, setDecisions] = useState<Record<string, string>>({})
  const preview = useQuery({
    queryKey: ['journey', journey.id, 'publication', version, journey.revision],
    queryFn: ({ signal }) => api.get<PublicationPreview>(withQuery(`/journeys/${journey.id}/publication`, { version: version ?? undefined }), { signal }),
  })
  const places = preview.data?.places ?? []
  const chosen = (place: PublicationPreview['places'][number]): string => decisions[`${place.version}:${place.step}`] ?? (place.proposal === null ? '' : `to:${place.proposal.to}`)
  const open = people === 'move' ? places.filter(place => chosen(place) === '') : []
  const publish = useMutation({
    mutationFn: () => api.post<JourneyView>(`/journeys/${journey.id}/publication`, {
      version, people, ...version === null ? { revision: journey.revision } : {},
      places: people === 'move' ? places.map((place): PlaceDecision => {
        const choice = chosen(place)
        return { version: place.version, step: place.step, do: choice === 'stay' || choice === 'end' ? choice : 'move', to: choice.startsWith('to:') ? choice.slice(3) : null }
      }) : [],
    }),
    onSuccess: (published) => {
      onPublished(published)
      void client.invalidateQueries({ queryKey: ['journey', journey.id] })
      notifyDone(words('published'))
      onClose()
    },
  })
  if (preview.isPending) return <Stack><Skeleton h={60} /><Skeleton h={120} /></Stack>
  if (preview.isError) return <ErrorNotice error={preview.error} retry={() => void preview.refetch()} />
  const { data } = preview
  const blocking = data.problems.filter(problem => problem.blocking)
  return (
    <Stack gap="md">
      <Text size="sm">{words('publish_who', { trigger: stepWords.trigger(graph) })}</Text>
      {blocking.length > 0 && <Alert color="red" variant="light">{t('publish.blocked')}{blocking.map(problem => <Text key={problem.field} size="sm">{words(`problems.${problem.code}`, { defaultValue: problem.message })}</Text>)}</Alert>}
      {data.changes !== null && (
        <Stack gap={6}>
          <Title order={4}>{t('publish.changes', { number: data.from })}</Title>
          <ChangesList changes={data.changes} before={journey.version?.graph} after={graph} />
        </Stack>
      )}
      {data.people > 0 && (
        <Stack gap="xs">
          <Title order={4}>{t('publish.people', { count: data.people })}</Title>
          <Radio.Group value={people} onChange={value => setPeople(value as People)} aria-label={t('publish.people', { count: data.people })}>
            <Stack gap={8}>
              <Radio value="stay" label={t('publish.stay')} description={t('publish.stay_hint')} />
              <Radio value="move" label={t('publish.move')} description={t('publish.move_hint')} />
              <Radio value="end" label={t('publish.end')} description={t('publish.end_hint')} />
            </Stack>
          </Radio.Group>
          {people === 'move' && <Places places={places} graphs={data.graphs as Record<string, JourneyGraph>} after={graph} chosen={chosen} onChoose={(place, choice) => setDecisions({ ...decisions, [`${place.version}:${place.step}`]: choice })} />}
          {open.length > 0 && <Text size="sm" c="red">{t('publish.undecided', { count: open.length })}</Text>}
          {people !== 'stay' && <Text size="xs" c="dimmed">{t('publish.background', { people: format.number(data.people) })}</Text>}
        </Stack>
      )}
      <ErrorNotice error={publish.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>{words('not_yet')}</Button>
        <Button leftSection={<IconPlayerPlay size={16} />} loading={publish.isPending} disabled={blocking.length > 0 || open.length > 0} onClick={() => publish.mutate()}>{words('publish')}</Button>
      </Group>
    </Stack>
  )
}

/** Where people stand, and where each goes on: proposed, and to be changed. */
function Places({ places, graphs, after, chosen, onChoose }: { places: PublicationPreview['places'], graphs: Record<string, JourneyGraph>, after: JourneyGraph, chosen: (place: PublicationPreview['places'][number]) => string, onChoose: (place: PublicationPreview['places'][number], choice: string) => void }) {
  const { t } = useTranslation('journey_life')
  const format = useFormat()
  const name = useStepName()
  const steps = outline(after).flatMap(row => row.kind === 'step' ? [{ value: `to:${row.key}`, label: `${row.number}. ${name(row.key, after)}` }] : [])
  const choices = [{ group: t('publish.other'), items: [{ value: 'stay', label: t('publish.place_stay') }, { value: 'end', label: t('publish.place_end') }] }, { group: t('publish.steps'), items: steps }]
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table verticalSpacing={6}>
        <Table.Thead><Table.Tr><Table.Th>{t('publish.stands_at')}</Table.Th><Table.Th ta="right">{t('publish.number_column')}</Table.Th><Table.Th>{t('publish.goes_on_at')}</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {places.map(place => (
            <Table.Tr key={`${place.version}:${place.step}`}>
              <Table.Td><Text size="sm">{name(place.step, graphs[String(place.version)])}</Text><Text size="xs" c="dimmed">{t('publish.of_version', { number: place.version })}</Text></Table.Td>
              <Table.Td ta="right">{format.number(place.people)}</Table.Td>
              <Table.Td>
                <Select
                  size="xs" aria-label={t('publish.goes_on_at_from', { step: name(place.step, graphs[String(place.version)]) })} placeholder={t('publish.decide')} data={choices} searchable={steps.length > 8}
                  value={chosen(place) === '' ? null : chosen(place)} error={chosen(place) === ''} allowDeselect={false} onChange={choice => choice !== null && onChoose(place, choice)}
                />
                {place.proposal !== null && chosen(place) === `to:${place.proposal.to}` && <Text size="xs" c="dimmed" mt={2}>{t(`publish.why.${place.proposal.why}`)}</Text>}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
