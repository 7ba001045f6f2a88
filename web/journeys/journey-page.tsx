import { lazy, Suspense, useDeferredValue, useMemo, useState } from 'react'
import { ActionIcon, Badge, Box, Button, Drawer, Group, Loader, Menu, Modal, Paper, SegmentedControl, Skeleton, Stack, Text, Textarea, TextInput, Tooltip } from '@mantine/core'
import { useDisclosure, useMediaQuery, useThrottledCallback } from '@mantine/hooks'
import { IconArrowBackUp, IconArrowForwardUp, IconArchive, IconCopy, IconDots, IconFlask, IconHistory, IconKeyboard, IconPencil, IconPlayerPause, IconPlayerPlay, IconSearch, IconUserPlus } from '@tabler/icons-react'
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
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { PeopleDrawer } from '../ui/people-drawer.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { AddPeople } from './add-people.tsx'
import { ActsContext, EditorContext } from './editor.ts'
import type { Editor, Selection } from './editor.ts'
import { dryFaces } from './dry-faces.ts'
import { DryRun } from './dry-run.tsx'
import { FindStep } from './find-step.tsx'
import { Inspector } from './inspector.tsx'
import { useLookups } from './lookups.ts'
import { MailLayer } from './mail-layer.tsx'
import { Numbers } from './numbers.tsx'
import { Overview } from './overview.tsx'
import { whereIs } from './problems-panel.tsx'
import { SaveState, SaveTrouble } from './save-state.tsx'
import { PublishDialog } from './publish-dialog.tsx'
import { ShortcutsHelp } from './shortcuts-help.tsx'
import { StateBadge } from './state-badge.tsx'
import { StepList } from './step-list.tsx'
import { StepMenu } from './step-menu.tsx'
import { useStepWords } from './step-words.ts'
import { TestRun } from './test-run.tsx'
import { useMakeActs } from './use-acts.ts'
import { useDraft } from './use-draft.ts'
import { useDryRun } from './use-dry-run.ts'
import { useShortcuts } from './use-shortcuts.ts'
import { VersionsPanel } from './versions-panel.tsx'
import type { Place } from './ways.ts'
import classes from './journey.module.css'

const Canvas = lazy(async () => ({ default: (await import('./canvas.tsx')).Canvas }))

export function Page() {
  const { id } = useParams()
  const journey = useQuery({ queryKey: ['journey', Number(id)], queryFn: ({ signal }) => api.get<JourneyView>(`/journeys/${id}`, { signal }) })
  if (journey.isError) return <ErrorNotice error={journey.error} retry={() => void journey.refetch()} />
  if (journey.isPending) return <Stack><Skeleton h={40} w={300} /><Skeleton h={460} /></Stack>
  return <JourneyEditor key={journey.data.id} saved={journey.data} />
}

function JourneyEditor({ saved }: { saved: JourneyView }) {
  const { t } = useTranslation('journeys')
  const { t: life } = useTranslation('journey_life')
  const client = useQueryClient()
  const navigate = useNavigate()
  const readOnly = !useMay('marketing')
  const wide = useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false }) ?? true
  const lookups = useLookups()
  const words = useStepWords(lookups)
  const own = useDraft(saved, readOnly)
  const { base, draft: { graph }, draft } = own
  const [search] = useSearchParams()
  // From a card one comes to see that person's way.
  const person = Number(search.get('contact')) || null
  const [view, setView] = useState<'canvas' | 'list' | 'numbers' | 'dry_run'>(person !== null ? 'numbers' : wide ? 'canvas' : 'list')
  const [numbers, setNumbers] = useState<'live' | 'dry'>('live')
  const [selection, setSelection] = useState<Selection>(null)
  const [inSight, setInSight] = useState<Editor['inSight']>(null)
  const [people, setPeople] = useState<{ title: string, path: string } | null>(null)
  const [asked, setAsked] = useState<{ place: Place, box: DOMRect } | null>(null)
  const [mailOf, setMailOf] = useState<string | null>(null)
  const [publishing, setPublishing] = useState<{ version: number | null, journey: JourneyView, graph?: JourneyGraph } | null>(null)
  const [versions, { open: openVersions, close: closeVersions }] = useDisclosure(false)
  const [finding, { open: openFind, close: closeFind }] = useDisclosure(false)
  const [helping, { open: openHelp, close: closeHelp }] = useDisclosure(false)
  const [renaming, { open: rename, close: endRenaming }] = useDisclosure(false)
  const [testing, { open: openTest, close: closeTest }] = useDisclosure(false)
  const [adding, { open: openAdding, close: closeAdding }] = useDisclosure(false)

  const key = ['journey', saved.id]
  const report = useQuery({ queryKey: [...key, 'report'], queryFn: ({ signal }) => api.get<JourneyReport>(`/journeys/${saved.id}/report`, { signal }), enabled: saved.version !== null })
  const dryRun = useDryRun(saved.id).data
  const dryResult = dryRun?.result ?? null
  const faces = useMemo(() => dryResult === null ? null : dryFaces(graph, dryResult), [graph, dryResult])
  const dry = useMemo(() => numbers === 'dry' && dryResult !== null && faces !== null ? { result: dryResult, faces, outdated: dryRun?.outdated ?? false } : null, [numbers, dryResult, faces, dryRun])
  // While a thousand people move, looking again every two seconds is enough.
  const lookAgain = useThrottledCallback(() => void client.invalidateQueries({ queryKey: key }), 2000)
  useLive([`journey:${saved.id}`], lookAgain)
  const pause = useMutation({ mutationFn: () => api.delete<JourneyView>(`/journeys/${saved.id}/activation`), onSuccess: own.accept, onError: notifyError })
  const copy = useMutation({
    mutationFn: () => api.post<JourneyView>(`/journeys/${saved.id}/copies`, { name: t('copy_of', { name: base.name }).slice(0, 200) }),
    onSuccess: (journey) => { void client.invalidateQueries({ queryKey: ['list'] }); void navigate(`/journeys/${journey.id}`) },
    onError: notifyError,
  })

  const problems = useProblems(graph, base)
  const blocking = problems.filter(problem => problem.blocking).length
  const goTo = (chosen: Selection) => {
    setSelection(chosen)
    setInSight({ selection: chosen })
  }
  const acts = useMakeActs({
    graph, selection, edit: own.edit, undo: own.undo, redo: own.redo, select: setSelection, goTo, editMail: setMailOf,
    askForStep: (place, button) => setAsked({ place, box: button.getBoundingClientRect() }),
    showPeople: (title, query) => setPeople({ title, path: withQuery(`/journeys/${saved.id}/people`, query) }),
    showDryPeople: (title, query) => setPeople({ title, path: withQuery(`/journeys/${saved.id}/dry-run/people`, query) }),
  })
  const editor: Editor = { ...acts, journeyId: saved.id, graph, problems, report: report.data ?? null, dry, lookups, words, readOnly, selection, inSight }
  const actsOnly = useMemo(() => ({ ...acts, readOnly }), [acts, readOnly])
  const layered = mailOf !== null || publishing !== null || versions || renaming || testing || adding || helping || asked !== null
  useShortcuts(editor, { enabled: !layered && (view === 'canvas' || view === 'list'), find: openFind, help: openHelp })

  const changed = own.state !== 'saved' || base.has_unpublished_changes
  const askToPublish = async () => setPublishing({ version: null, journey: await own.saveNow() })
  const drawn = view === 'canvas' || view === 'list'
  const inspector = selection !== null && drawn

  return (
    <EditorContext value={editor}><ActsContext value={actsOnly}>
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
                <Button leftSection={<IconPlayerPlay size={16} />} disabled={blocking > 0} onClick={() => void askToPublish().catch(notifyError)}>{t(base.state === 'paused' && !changed ? 'resume' : base.state === 'active' ? 'publish_changes' : 'publish')}</Button>
              </Tooltip>
            )}
            <Menu position="bottom-end">
              <Menu.Target><ActionIcon variant="default" size={36} aria-label={t('more')}><IconDots size={17} /></ActionIcon></Menu.Target>
              <Menu.Dropdown>
                {base.state === 'active' && <Menu.Item leftSection={<IconUserPlus size={16} />} onClick={openAdding}>{t('add_people')}</Menu.Item>}
                {base.version !== null && <Menu.Item leftSection={<IconHistory size={16} />} onClick={openVersions}>{life('versions.title')}</Menu.Item>}
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
        <Group gap="xs">
        <SegmentedControl
          size="xs" value={view} onChange={value => setView(value as typeof view)}
          data={[{ value: 'canvas', label: t('views.canvas') }, { value: 'list', label: t('views.list') }, ...base.version === null && person === null ? [] : [{ value: 'numbers', label: t('views.numbers') }], { value: 'dry_run', label: life('dry.tab') }]}
        />
        {drawn && dryResult !== null && (
          <SegmentedControl
            size="xs" color={numbers === 'dry' ? 'grape' : ''} aria-label={life('dry.which_numbers')} value={numbers} onChange={value => setNumbers(value as typeof numbers)}
            data={[{ value: 'live', label: life(base.version === null ? 'dry.no_numbers' : 'dry.live_numbers') }, { value: 'dry', label: life('dry.dry_numbers') }]}
          />
        )}
        </Group>
        <Group gap={6}>
          {problems.length > 0 && <Badge color={blocking > 0 ? 'red' : 'amber'} component="button" style={{ cursor: 'pointer' }} onClick={() => { setSelection(null); const first = problems.find(problem => problem.blocking) ?? problems[0]!; if (!wide || problems.length === 1) goTo(whereIs(first, graph)) }}>{blocking > 0 ? t('problems_count', { count: blocking }) : t('advice_count', { count: problems.length })}</Badge>}
          <SaveState draft={own} readOnly={readOnly} />
          {!readOnly && (
            <>
              <ActionIcon variant="default" size={30} aria-label={t('undo')} title={t('undo')} disabled={!own.canUndo} onClick={own.undo}><IconArrowBackUp size={17} stroke={1.7} /></ActionIcon>
              <ActionIcon variant="default" size={30} aria-label={t('redo')} title={t('redo')} disabled={!own.canRedo} onClick={own.redo}><IconArrowForwardUp size={17} stroke={1.7} /></ActionIcon>
            </>
          )}
          {drawn && (
            <>
              <ActionIcon variant="default" size={30} aria-label={t('find_step')} title={t('find_step')} onClick={finding ? closeFind : openFind}><IconSearch size={16} stroke={1.7} /></ActionIcon>
              {wide && <ActionIcon variant="default" size={30} aria-label={t('shortcuts_title')} title={t('shortcuts_title')} onClick={openHelp}><IconKeyboard size={17} stroke={1.6} /></ActionIcon>}
            </>
          )}
        </Group>
      </Group>
      <SaveTrouble draft={own} readOnly={readOnly} />

      {view === 'dry_run' && <DryRun journeyId={saved.id} beforeStart={async () => { await own.saveNow() }} blocking={blocking} onShow={() => { setNumbers('dry'); setView(wide ? 'canvas' : 'list') }} />}
      {view === 'numbers' && <Numbers journeyId={saved.id} report={report.data ?? null} person={person} />}
      {drawn && (
        <Box className={classes.workspace} data-view={view}>
          <Box className={classes.pane} pos="relative">
            {finding && <FindStep onClose={closeFind} />}
            {view === 'canvas' ? <Suspense fallback={<Loader m="xl" />}><Canvas /></Suspense> : <StepList />}
          </Box>
          {wide && <Paper className={classes.pane ?? ''} p="md">{inspector ? <Inspector /> : <Overview />}</Paper>}
        </Box>
      )}
      {!wide && inspector && selection.kind === 'steps' && <Paper className={classes.several ?? ''} shadow="md" p="sm"><Inspector /></Paper>}
      {!wide && <Drawer opened={inspector && selection.kind !== 'steps'} onClose={() => setSelection(null)} position="bottom" size="85%" withCloseButton={false}><Inspector /></Drawer>}
      <PeopleDrawer title={people?.title ?? ''} path={people?.path ?? ''} opened={people !== null} onClose={() => setPeople(null)} noteWords={note => words.reason(note) === note ? words.outcome(note) : words.reason(note)} />
      <Modal opened={testing} onClose={closeTest} title={t('test_run')} size="lg"><TestRun journeyId={saved.id} beforeStart={async () => { await own.saveNow() }} blocking={blocking} /></Modal>
      {publishing !== null && (
        <PublishDialog
          journey={publishing.journey} version={publishing.version} graph={publishing.graph ?? publishing.journey.draft} opened onClose={() => setPublishing(null)}
          onPublished={(journey) => { own.accept(journey); void report.refetch() }}
        />
      )}
      <Drawer opened={versions} onClose={closeVersions} position="right" size={560} title={<Text fw={600}>{life('versions.title')}</Text>}>
        {versions && <VersionsPanel journeyId={saved.id} onPublishAgain={(version, older) => { closeVersions(); void own.saveNow().then(journey => setPublishing({ version, journey, graph: older })).catch(notifyError) }} />}
      </Drawer>
      <Modal opened={adding} onClose={closeAdding} title={t('add_people')}><AddPeople journeyId={saved.id} /></Modal>
      <Modal opened={renaming} onClose={endRenaming} title={t('rename')}>
        <Stack gap="sm">
          <TextInput label={t('name')} value={draft.name} maxLength={200} onChange={event => own.rename({ name: event.currentTarget.value })} data-autofocus />
          <Textarea label={t('description')} value={draft.description} autosize minRows={3} maxLength={4000} onChange={event => own.rename({ description: event.currentTarget.value })} />
          <Group justify="flex-end"><Button onClick={endRenaming}>{t('done')}</Button></Group>
        </Stack>
      </Modal>
      <Modal opened={helping} onClose={closeHelp} title={t('shortcuts_title')}><ShortcutsHelp /></Modal>
      <StepMenu asked={asked} onClose={() => setAsked(null)} />
      <MailLayer stepKey={mailOf} onClose={() => setMailOf(null)} />
    </ActsContext></EditorContext>
  )
}

/** What the graph shows by itself is found a moment after each letter; what only the server knows comes with saving. */
function useProblems(graph: JourneyGraph, base: JourneyView): JourneyProblem[] {
  const shown = useDeferredValue(graph)
  const own = useMemo(() => findProblems(shown), [shown])
  const ofBase = useMemo(() => findProblems(base.draft), [base])
  return useMemo(() => {
    const id = (problem: JourneyProblem) => `${problem.code} ${problem.field}`
    const known = new Set(own.map(id))
    const pure = new Set(ofBase.map(id))
    // of the server's answer what is not found here already and concerns steps that are as they were when it was asked
    const asBefore = (problem: JourneyProblem) => problem.step === null || (shown.steps[problem.step] !== undefined && JSON.stringify(shown.steps[problem.step]) === JSON.stringify(base.draft.steps[problem.step]))
    return [...own, ...(base.problems as JourneyProblem[]).filter(problem => !pure.has(id(problem)) && !known.has(id(problem)) && (shown === base.draft || asBefore(problem)))]
  }, [shown, base, own, ofBase])
}
