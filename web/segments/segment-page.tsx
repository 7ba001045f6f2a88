import { useEffect, useState } from 'react'
import { ActionIcon, Button, Group, Menu, Skeleton, Stack, Tabs } from '@mantine/core'
import { IconAddressBook, IconArchiveOff, IconCopy, IconDots, IconDownload, IconRefresh, IconTrash } from '@tabler/icons-react'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'
import type { SegmentDetail } from '../../shared/segments.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { asShown } from '../conditions/condition-tree.ts'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { SaveBar } from '../ui/save-bar.tsx'
import { AddMembers } from './add-members.tsx'
import { ExportMembers } from './export-members.tsx'
import { GrowthPanel } from './growth-panel.tsx'
import { MembersList } from './members-list.tsx'
import { OverlapPanel } from './overlap-panel.tsx'
import { LagWords, SegmentTrouble } from './segment-trouble.tsx'
import { SegmentForm } from './segment-form.tsx'
import type { SegmentDraft } from './segment-form.tsx'
import { SegmentState } from './segment-state.tsx'
import { UsedBy } from './used-by.tsx'
import { WhyPanel } from './why-panel.tsx'

export function Page() {
  const id = Number(useParams()['id'])
  const client = useQueryClient()
  const query = useQuery({ queryKey: ['segment', id], queryFn: () => api.get<SegmentDetail>(`/segments/${id}`) })
  useLive([`segment:${id}`, 'segments'], () => {
    void client.invalidateQueries({ queryKey: ['segment', id] })
    void client.invalidateQueries({ queryKey: ['list', `/segments/${id}/contacts`] })
    void client.invalidateQueries({ queryKey: ['segment-why', id] })
    void client.invalidateQueries({ queryKey: ['segment-days', id] })
    void client.invalidateQueries({ predicate: query => query.queryKey[0] === 'list' && String(query.queryKey[1]).startsWith(`/segments/${id}/moves`) })
  })
  if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />
  if (query.isPending) return <Stack aria-busy><Skeleton h={36} w={320} /><Skeleton h={220} /></Stack>
  return <Segment key={id} segment={query.data} reload={() => void query.refetch()} />
}

const draftOf = (segment: SegmentDetail): SegmentDraft => segment.kind === 'static' ? { name: segment.name, description: segment.description } : ({ name: segment.name, description: segment.description, condition: asShown(segment.condition) })

function Segment({ segment, reload }: { segment: SegmentDetail, reload: () => void }) {
  const { t } = useTranslation('segments')
  const format = useFormat()
  const client = useQueryClient()
  const mayMarket = useMay('marketing')
  const [params, setParams] = useSearchParams()
  const [base, setBase] = useState(segment)
  const [draft, setDraft] = useState(() => draftOf(segment))
  const dirty = JSON.stringify(draft) !== JSON.stringify(draftOf(base))
  // A newer version is taken over unless there is work that would be lost; then saving tells of the conflict.
  useEffect(() => {
    if (segment.revision === base.revision || dirty) return
    setBase(segment)
    setDraft(draftOf(segment))
  }, [segment, base, dirty])
  const save = useMutation({
    mutationFn: () => api.put<SegmentDetail>(`/segments/${segment.id}`, { ...draft, revision: base.revision }),
    onSuccess: (saved) => {
      setBase(saved)
      setDraft(draftOf(saved))
      client.setQueryData(['segment', segment.id], saved)
      void client.invalidateQueries({ queryKey: ['list'] })
      void client.invalidateQueries({ queryKey: ['condition-vocabulary'] })
      void client.invalidateQueries({ queryKey: ['segment-why', segment.id] })
      notifyDone(t('form.saved'))
    },
  })
  const tab = params.has('why') ? 'why' : params.get('tab') ?? 'people'
  return (
    <>
      <PageHeader
        title={segment.name}
        back={{ to: '/segments', label: t('back') }}
        subtitle={(
          <Group gap="xs">
            <SegmentState segment={segment} />
            <span>{t('uses_people', { count: segment.members_count, number: format.number(segment.members_count) })}</span>
            {segment.members_seen !== undefined && <span>{t('members_seen', { count: segment.members_seen, number: format.number(segment.members_seen) })}</span>}
            <LagWords segment={segment} />
          </Group>
        )}
        actions={(
          <>
            <Button variant="default" component={Link} to={`/contacts?segment=${segment.id}`} leftSection={<IconAddressBook size={16} />}>{t('actions.contacts')}</Button>
            {segment.archived_at === null ? <MoreMenu segment={segment} /> : mayMarket && <Restore segment={segment} />}
          </>
        )}
      />
      <Stack gap="lg">
        <SegmentTrouble segment={segment} />
        <SegmentForm draft={draft} onChange={setDraft} error={save.error} segment={segment} disabled={!mayMarket || segment.archived_at !== null} />
        <Tabs
          value={tab} keepMounted={false}
          onChange={next => setParams((before) => {
            const query = new URLSearchParams(before)
            query.delete('why')
            query.set('tab', next ?? 'people')
            return query
          }, { replace: true })}
        >
          <Tabs.List>
            <Tabs.Tab value="people">{t('tabs.people')}</Tabs.Tab>
            <Tabs.Tab value="growth">{t('tabs.growth')}</Tabs.Tab>
            <Tabs.Tab value="overlap">{t('tabs.overlap')}</Tabs.Tab>
            <Tabs.Tab value="why">{t('tabs.why')}</Tabs.Tab>
            <Tabs.Tab value="used">{t('tabs.used')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="people" pt="md">{segment.kind === 'static' && segment.archived_at === null && <AddMembers segment={segment} />}<MembersList segment={segment} onWhy={contact => setParams({ why: String(contact) })} /></Tabs.Panel>
          <Tabs.Panel value="growth" pt="md"><GrowthPanel segment={segment} /></Tabs.Panel>
          <Tabs.Panel value="overlap" pt="md"><OverlapPanel segment={segment} /></Tabs.Panel>
          <Tabs.Panel value="why" pt="md">
            <WhyPanel segment={segment} draft={dirty && JSON.stringify(draft.condition) !== JSON.stringify(draftOf(base).condition) ? draft.condition ?? null : null} contact={Number(params.get('why')) || null} onContact={contact => setParams(contact === null ? { tab: 'why' } : { why: String(contact) }, { replace: true })} />
          </Tabs.Panel>
          <Tabs.Panel value="used" pt="md"><UsedBy segment={segment} /></Tabs.Panel>
        </Tabs>
      </Stack>
      <SaveBar
        dirty={dirty} saving={save.isPending} error={save.error} onSave={() => save.mutate()}
        onDiscard={() => {
          save.reset()
          setDraft(draftOf(base))
        }}
        onReload={() => {
          save.reset()
          setBase(segment)
          setDraft(draftOf(segment))
          reload()
        }}
      />
    </>
  )
}

/** A segment put away comes back as it was. */
function Restore({ segment }: { segment: SegmentDetail }) {
  const { t } = useTranslation('segments')
  const client = useQueryClient()
  const restore = useMutation({
    mutationFn: () => api.delete<SegmentDetail>(`/segments/${segment.id}/archiving`),
    onSuccess: (restored) => {
      client.setQueryData(['segment', segment.id], restored)
      void client.invalidateQueries({ queryKey: ['list'] })
      void client.invalidateQueries({ queryKey: ['condition-vocabulary'] })
      notifyDone(t('restore.done'))
    },
    onError: notifyError,
  })
  return <Button leftSection={<IconArchiveOff size={16} />} loading={restore.isPending} onClick={() => restore.mutate()}>{t('restore.action')}</Button>
}

function MoreMenu({ segment }: { segment: SegmentDetail }) {
  const { t } = useTranslation('segments')
  const navigate = useNavigate()
  const client = useQueryClient()
  const mayMarket = useMay('marketing')
  const mayExport = useMay('contacts')
  const [exporting, { open: openExport, close: closeExport }] = useDisclosure(false)
  const recompute = useMutation({
    mutationFn: () => api.post<SegmentDetail>(`/segments/${segment.id}/recomputation`),
    onSuccess: changed => client.setQueryData(['segment', segment.id], changed),
    onError: notifyError,
  })
  const freeze = useMutation({
    mutationFn: () => api.post<SegmentDetail>('/segments', { kind: 'static', name: t('freeze.name', { name: segment.name }).slice(0, 200), condition: { segment: segment.id, in: true } }),
    onSuccess: (made) => {
      notifyDone(t('freeze.done'))
      void client.invalidateQueries({ queryKey: ['list'] })
      void client.invalidateQueries({ queryKey: ['condition-vocabulary'] })
      void navigate(`/segments/${made.id}`)
    },
    onError: notifyError,
  })
  const remove = async () => {
    await api.delete(`/segments/${segment.id}`)
    await client.invalidateQueries({ queryKey: ['list'] })
    await client.invalidateQueries({ queryKey: ['condition-vocabulary'] })
    notifyDone(t('delete.done'))
    await navigate('/segments')
  }
  if (!mayMarket && !mayExport) return null
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target><ActionIcon variant="default" size={34} aria-label={t('actions.more')}><IconDots size={17} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          {mayExport && <Menu.Item leftSection={<IconDownload size={15} />} onClick={openExport}>{t('actions.export')}</Menu.Item>}
          {mayMarket && <Menu.Item leftSection={<IconCopy size={15} />} onClick={() => freeze.mutate()}>{t('actions.freeze')}</Menu.Item>}
          {mayMarket && segment.kind === 'live' && <Menu.Item leftSection={<IconRefresh size={15} />} onClick={() => recompute.mutate()}>{t('actions.recompute')}</Menu.Item>}
          {mayMarket && <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => confirmDelete({ title: t('delete.title', { name: segment.name }), text: t('delete.text'), confirm: t('delete.confirm'), onConfirm: remove })}>{t('delete.confirm')}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      <ExportMembers segment={segment} opened={exporting} onClose={closeExport} />
    </>
  )
}
