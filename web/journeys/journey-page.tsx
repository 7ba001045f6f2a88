import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react'
import { ActionIcon, Badge, Box, Button, Drawer, Group, Loader, Menu, Modal, Paper, SegmentedControl, Skeleton, Stack, Text, Textarea, TextInput, Tooltip } from '@mantine/core'
import { useDebouncedValue, useDisclosure, useHotkeys, useMediaQuery, useThrottledCallback } from '@mantine/hooks'
import { modals } from '@mantine/modals'
import { IconArrowBackUp, IconArrowForwardUp, IconArchive, IconCopy, IconDots, IconFlask, IconLayoutDistributeVertical, IconPencil, IconPlayerPause, IconPlayerPlay, IconUserPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { findProblems } from '../../shared/journey-problems.ts'
import type { JourneyProblem } from '../../shared/journey-problems.ts'
import type { JourneyGraph, JourneyReport, JourneyView } from '../../shared/journeys.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { PeopleDrawer } from '../ui/people-drawer.tsx'
import { SaveBar } from '../ui/save-bar.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { AddPeople } from './add-people.tsx'
import { EditorContext } from './editor.ts'
import type { Editor, Selection } from './editor.ts'
import { beginHistory, blankStep, changeStep, connect, duplicateStep, insertStep, redo, remember, removeStep, tidy, undo } from './graph.ts'
import { Inspector } from './inspector.tsx'
import { Overview } from './overview.tsx'
import { useLookups } from './lookups.ts'
import { Numbers } from './numbers.tsx'
import { StateBadge } from './state-badge.tsx'
import { StepList } from './step-list.tsx'
import { useStepWords } from './step-words.ts'
import { TestRun } from './test-run.tsx'
import classes from './journey.module.css'

const Canvas = lazy(async () => ({ default: (await import('./canvas.tsx')).Canvas }))

export function Page() {
  const { id } = useParams()
  const journey = useQuery({ queryKey: ['journey', Number(id)], queryFn: ({ signal }) => api.get<JourneyView>(`/journeys/${id}`, { signal }) })
  if (journey.isError) return <ErrorNotice error={journey.error} retry={() => void journey.refetch()} />
  if (journey.isPending) return <Stack><Skeleton h={40} w={300} /><Skeleton h={460} /></Stack>
  return <JourneyEditor key={journey.data.id} saved={journey.data} />
}

type Draft = { name: string, description: string, graph: JourneyGraph }
const draftOf = (journey: JourneyView): Draft => ({ name: journey.name, description: journey.description, graph: journey.draft })

function JourneyEditor({ saved }: { saved: JourneyView }) {
  const { t } = useTranslation('journeys')
  const client = useQueryClient()
  const navigate = useNavigate()
  const readOnly = !useMay('marketing')
  const wide = useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false }) ?? true
  const lookups = useLookups()
  const words = useStepWords(lookups)

  const [history, setHistory] = useState(() => beginHistory(draftOf(saved)))
  const [base, setBase] = useState(saved)
  const [search] = useSearchParams()
  // From a card one comes to see that person's way.
  const person = Number(search.get('contact')) || null
  const [view, setView] = useState<'canvas' | 'list' | 'numbers'>(person !== null ? 'numbers' : wide ? 'canvas' : 'list')
  const [selection, setSelection] = useState<Selection>(null)
  const [people, setPeople] = useState<{ title: string, path: string } | null>(null)
  const [renaming, { open: rename, close: endRenaming }] = useDisclosure(false)
  const [testing, { open: openTest, close: closeTest }] = useDisclosure(false)
  const [adding, { open: openAdding, close: closeAdding }] = useDisclosure(false)
  const draft = history.present
  const { graph } = draft
  const dirty = JSON.stringify(draft) !== JSON.stringify(draftOf(base))

  const key = ['journey', saved.id]
  const report = useQuery({ queryKey: [...key, 'report'], queryFn: ({ signal }) => api.get<JourneyReport>(`/journeys/${saved.id}/report`, { signal }), enabled: saved.version !== null })
  // While a thousand people move, looking again every two seconds is enough.
  const lookAgain = useThrottledCallback(() => void client.invalidateQueries({ queryKey: key }), 2000)
  useLive([`journey:${saved.id}`], lookAgain)
  // Somebody else saved, or it was published: what is not being edited here follows.
  useEffect(() => {
    if (saved === base) return
    if (!dirty) setHistory(now => ({ ...now, present: draftOf(saved) }))
    if (!dirty || saved.revision === base.revision) setBase(saved)
  }, [saved, base, dirty])

  const edit = useCallback((change: (graph: JourneyGraph) => JourneyGraph, merge = false) => {
    setHistory((now) => {
      const next = change(now.present.graph)
      return next === now.present.graph ? now : remember(now, { ...now.present, graph: next }, merge)
    })
  }, [])
  const accept = (journey: JourneyView) => {
    setBase(journey)
    client.setQueryData(key, journey)
    void client.invalidateQueries({ queryKey: ['list'] })
  }
  const save = useMutation({
    mutationFn: () => api.put<JourneyView>(`/journeys/${saved.id}`, { revision: base.revision, name: draft.name.trim() === '' ? base.name : draft.name, description: draft.description, draft: graph }),
    onSuccess: accept,
  })
  const publish = useMutation({
    mutationFn: async () => {
      const latest = dirty ? await save.mutateAsync() : base
      return await api.post<JourneyView>(`/journeys/${saved.id}/activation`, { revision: latest.revision })
    },
    onSuccess: (journey) => {
      accept(journey)
      void report.refetch()
      notifyDone(t('published'))
    },
    onError: notifyError,
  })
  const pause = useMutation({ mutationFn: () => api.delete<JourneyView>(`/journeys/${saved.id}/activation`), onSuccess: accept, onError: notifyError })
  const copy = useMutation({
    mutationFn: () => api.post<JourneyView>(`/journeys/${saved.id}/copies`, { name: t('copy_of', { name: base.name }).slice(0, 200) }),
    onSuccess: (journey) => { void client.invalidateQueries({ queryKey: ['list'] }); void navigate(`/journeys/${journey.id}`) },
    onError: notifyError,
  })

  const problems = useProblems(graph, base)
  const blocking = problems.filter(problem => problem.blocking).length
  useHotkeys([
    ['mod+Z', () => setHistory(undo)], ['mod+shift+Z', () => setHistory(redo)], ['mod+Y', () => setHistory(redo)],
    ['Escape', () => setSelection(null)],
  ])

  const editor: Editor = {
    journeyId: saved.id, graph, problems, report: report.data ?? null, lookups, words, readOnly, selection, edit,
    select: setSelection,
    addStep: (place, kind) => {
      const { graph: next, key: added } = insertStep(graph, place, blankStep(kind))
      edit(() => next)
      if (kind !== 'end') setSelection({ kind: 'step', key: added })
    },
    leadTo: (place, to) => edit(now => connect(now, place, to)),
    changeStep: (step, change, merge) => edit(now => changeStep(now, step, change), merge),
    removeStep: (step) => {
      const count = (graph.steps[step]?.kind === 'condition' || graph.steps[step]?.kind === 'wait_for_event')
        ? Object.keys(graph.steps).length - Object.keys(removeStep(graph, step).steps).length
        : 1
      const remove = () => { edit(now => removeStep(now, step)); setSelection(null) }
      if (count <= 1) remove()
      else confirmDelete({ title: t('remove_step'), text: t('removes_more', { count: count - 1 }), confirm: t('remove_step'), onConfirm: remove })
    },
    duplicateStep: (step) => {
      const { graph: next, key: added } = duplicateStep(graph, step)
      edit(() => next)
      setSelection({ kind: 'step', key: added })
    },
    showPeople: (title, query) => setPeople({ title, path: withQuery(`/journeys/${saved.id}/people`, query) }),
  }

  const askToPublish = () => modals.openConfirmModal({
    title: <Text fw={600}>{t('publish_title')}</Text>,
    children: (
      <Stack gap="xs">
        <Text size="sm">{t('publish_who', { trigger: words.trigger(graph) })}</Text>
        {base.version !== null && (report.data?.totals.here ?? 0) > 0 && (dirty || base.has_unpublished_changes) && <Text size="sm">{t('publish_stays', { count: report.data?.totals.here ?? 0 })}</Text>}
        {base.state === 'paused' && (report.data?.totals.here ?? 0) > 0 && <Text size="sm">{t('publish_goes_on', { count: report.data?.totals.here ?? 0 })}</Text>}
        {graph.trigger.kind === 'segment_entered' && <Text size="sm">{t('segment_hint')}</Text>}
      </Stack>
    ),
    labels: { confirm: t('publish'), cancel: t('not_yet') },
    onConfirm: () => publish.mutate(),
  })
  const changed = dirty || base.has_unpublished_changes
  const inspector = selection !== null && view !== 'numbers'

  return (
    <EditorContext value={editor}>
      <PageHeader
        title={base.name} back={{ to: '/journeys', label: t('title') }}
        heading={(
          <Group gap="xs">
            <Text fz="h1" fw={600} lh={1.25} style={{ overflowWrap: 'anywhere' }} component="h1" m={0}>{draft.name}</Text>
            {!readOnly && <ActionIcon variant="subtle" color="gray" aria-label={t('rename')} title={t('rename')} onClick={rename}><IconPencil size={17} stroke={1.7} /></ActionIcon>}
            <StateBadge state={base.state} />
            {base.version !== null && <Text size="xs" c="dimmed">{t('version', { number: base.version.number })}, <TimeAgo time={base.version.published_at} size="xs" c="dimmed" span /></Text>}
            {base.version !== null && changed && <Badge color="amber">{t('has_changes')}</Badge>}
          </Group>
        )}
        subtitle={draft.description || undefined}
        actions={!readOnly && (
          <>
            <Button variant="default" leftSection={<IconFlask size={16} />} onClick={openTest}>{t('test_run')}</Button>
            {base.state === 'active' && <Button variant="default" leftSection={<IconPlayerPause size={16} />} loading={pause.isPending} onClick={() => pause.mutate()}>{t('pause')}</Button>}
            {(base.state !== 'active' || changed) && (
              <Tooltip label={t('problems_block', { count: blocking })} disabled={blocking === 0}>
                <Button leftSection={<IconPlayerPlay size={16} />} loading={publish.isPending} disabled={blocking > 0} onClick={askToPublish}>{t(base.state === 'paused' && !changed ? 'resume' : base.state === 'active' ? 'publish_changes' : 'publish')}</Button>
              </Tooltip>
            )}
            <Menu position="bottom-end">
              <Menu.Target><ActionIcon variant="default" size={36} aria-label={t('more')}><IconDots size={17} /></ActionIcon></Menu.Target>
              <Menu.Dropdown>
                {base.state === 'active' && <Menu.Item leftSection={<IconUserPlus size={16} />} onClick={openAdding}>{t('add_people')}</Menu.Item>}
                <Menu.Item leftSection={<IconLayoutDistributeVertical size={16} />} onClick={() => edit(tidy)}>{t('tidy')}</Menu.Item>
                <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => copy.mutate()}>{t('make_copy')}</Menu.Item>
                <Menu.Item
                  color="red" leftSection={<IconArchive size={16} />}
                  onClick={() => confirmDelete({
                    title: t('archive_title', { name: base.name }), text: t('archive_text', { count: report.data?.totals.here ?? 0 }), confirm: t('archive'),
                    onConfirm: async () => { await api.delete(`/journeys/${saved.id}`); void client.invalidateQueries({ queryKey: ['list'] }); void navigate('/journeys') },
                  })}
                >
                  {t('archive')}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        )}
      />
      <Group justify="space-between" mb="sm" gap="xs">
        <SegmentedControl
          size="xs" value={view} onChange={value => setView(value as typeof view)}
          data={[{ value: 'canvas', label: t('views.canvas') }, { value: 'list', label: t('views.list') }, ...base.version === null && person === null ? [] : [{ value: 'numbers', label: t('views.numbers') }]]}
        />
        <Group gap={6}>
          {blocking > 0 && <Badge color="red" component="button" style={{ cursor: 'pointer' }} onClick={() => { const first = problems.find(problem => problem.blocking)!; setSelection(first.step === null ? { kind: 'trigger' } : { kind: 'step', key: first.step }) }}>{t('problems_count', { count: blocking })}</Badge>}
          {!readOnly && (
            <>
              <ActionIcon variant="default" size={30} aria-label={t('undo')} title={t('undo')} disabled={history.past.length === 0} onClick={() => setHistory(undo)}><IconArrowBackUp size={17} stroke={1.7} /></ActionIcon>
              <ActionIcon variant="default" size={30} aria-label={t('redo')} title={t('redo')} disabled={history.future.length === 0} onClick={() => setHistory(redo)}><IconArrowForwardUp size={17} stroke={1.7} /></ActionIcon>
            </>
          )}
        </Group>
      </Group>

      {view === 'numbers'
        ? <Numbers journeyId={saved.id} report={report.data ?? null} person={person} />
        : (
            <Box className={classes.workspace} data-view={view}>
              <Box className={classes.pane}>
                {view === 'canvas' ? <Suspense fallback={<Loader m="xl" />}><Canvas /></Suspense> : <StepList />}
              </Box>
              {wide && <Paper className={classes.pane ?? ''} p="md">{inspector ? <Inspector /> : <Overview />}</Paper>}
            </Box>
          )}
      {!wide && <Drawer opened={inspector} onClose={() => setSelection(null)} position="bottom" size="85%" withCloseButton={false}><Inspector /></Drawer>}
      <PeopleDrawer title={people?.title ?? ''} path={people?.path ?? ''} opened={people !== null} onClose={() => setPeople(null)} noteWords={note => words.reason(note) === note ? words.outcome(note) : words.reason(note)} />
      <Modal opened={testing} onClose={closeTest} title={t('test_run')} size="lg"><TestRun journeyId={saved.id} beforeStart={async () => { if (dirty) await save.mutateAsync() }} blocking={blocking} /></Modal>
      <Modal opened={adding} onClose={closeAdding} title={t('add_people')}><AddPeople journeyId={saved.id} /></Modal>
      <Modal opened={renaming} onClose={endRenaming} title={t('rename')}>
        <Stack gap="sm">
          <TextInput label={t('name')} value={draft.name} maxLength={200} onChange={event => { const name = event.currentTarget.value; setHistory(now => remember(now, { ...now.present, name }, true)) }} data-autofocus />
          <Textarea label={t('description')} value={draft.description} autosize minRows={3} maxLength={4000} onChange={event => { const description = event.currentTarget.value; setHistory(now => remember(now, { ...now.present, description }, true)) }} />
          <Group justify="flex-end"><Button onClick={endRenaming}>{t('done')}</Button></Group>
        </Stack>
      </Modal>
      <SaveBar
        dirty={dirty && !readOnly} saving={save.isPending} error={save.error} onSave={() => save.mutate()}
        onDiscard={() => { setHistory(beginHistory(draftOf(base))); setSelection(null); save.reset() }}
        onReload={async () => {
          const newer = await api.get<JourneyView>(`/journeys/${saved.id}`)
          accept(newer)
          setHistory(beginHistory(draftOf(newer)))
          save.reset()
        }}
      />
    </EditorContext>
  )
}

/** What the graph shows by itself at once; what only the server knows a moment later. */
function useProblems(graph: JourneyGraph, saved: JourneyView): JourneyProblem[] {
  const [asked] = useDebouncedValue(graph, 500)
  const answer = useQuery({
    queryKey: ['journey-check', JSON.stringify(asked)],
    queryFn: ({ signal }) => api.post<{ problems: JourneyProblem[] }>('/journeys/check', { draft: asked }, { signal }),
    enabled: asked !== saved.draft,
    staleTime: 30_000,
    placeholderData: previous => previous,
  })
  const fromServer = asked === saved.draft ? saved.problems as JourneyProblem[] : answer.data?.problems ?? []
  return useMemo(() => {
    const own = findProblems(graph)
    const known = new Set(own.map(problem => `${problem.code} ${problem.field}`))
    const pure = new Set(findProblems(asked).map(problem => `${problem.code} ${problem.field}`))
    // of the server's answer what concerns steps that are still there and is not found here already
    return [...own, ...fromServer.filter(problem => !pure.has(`${problem.code} ${problem.field}`) && !known.has(`${problem.code} ${problem.field}`) && (problem.step === null || graph.steps[problem.step]))]
  }, [graph, asked, fromServer])
}
