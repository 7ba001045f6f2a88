import { useEffect, useState } from 'react'
import { ActionIcon, Alert, Button, Group, Menu, Skeleton, Stack, Tabs } from '@mantine/core'
import { IconAddressBook, IconDots, IconRefresh, IconTrash } from '@tabler/icons-react'
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
import { MembersList } from './members-list.tsx'
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
  })
  if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />
  if (query.isPending) return <Stack aria-busy><Skeleton h={36} w={320} /><Skeleton h={220} /></Stack>
  return <Segment key={id} segment={query.data} reload={() => void query.refetch()} />
}

const draftOf = (segment: SegmentDetail): SegmentDraft => ({ name: segment.name, description: segment.description, condition: asShown(segment.condition) })

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
          </Group>
        )}
        actions={(
          <>
            <Button variant="default" component={Link} to={`/contacts?segment=${segment.id}`} leftSection={<IconAddressBook size={16} />}>{t('actions.contacts')}</Button>
            {mayMarket && <MoreMenu segment={segment} />}
          </>
        )}
      />
      <Stack gap="lg">
        {segment.state === 'failed' && <Alert color="red">{t('failed', { error: segment.error ?? '' })}</Alert>}
        <SegmentForm draft={draft} onChange={setDraft} error={save.error} id={segment.id} disabled={!mayMarket} />
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
            <Tabs.Tab value="why">{t('tabs.why')}</Tabs.Tab>
            <Tabs.Tab value="used">{t('tabs.used')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="people" pt="md"><MembersList segment={segment} onWhy={contact => setParams({ why: String(contact) })} /></Tabs.Panel>
          <Tabs.Panel value="why" pt="md">
            <WhyPanel segment={segment} draft={dirty && JSON.stringify(draft.condition) !== JSON.stringify(draftOf(base).condition) ? draft.condition : null} contact={Number(params.get('why')) || null} onContact={contact => setParams(contact === null ? { tab: 'why' } : { why: String(contact) }, { replace: true })} />
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

function MoreMenu({ segment }: { segment: SegmentDetail }) {
  const { t } = useTranslation('segments')
  const navigate = useNavigate()
  const client = useQueryClient()
  const recompute = useMutation({
    mutationFn: () => api.post<SegmentDetail>(`/segments/${segment.id}/recomputation`),
    onSuccess: changed => client.setQueryData(['segment', segment.id], changed),
    onError: notifyError,
  })
  const remove = async () => {
    await api.delete(`/segments/${segment.id}`)
    await client.invalidateQueries({ queryKey: ['list'] })
    await client.invalidateQueries({ queryKey: ['condition-vocabulary'] })
    notifyDone(t('delete.done'))
    await navigate('/segments')
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target><ActionIcon variant="default" size={34} aria-label={t('actions.more')}><IconDots size={17} /></ActionIcon></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconRefresh size={15} />} onClick={() => recompute.mutate()}>{t('actions.recompute')}</Menu.Item>
        <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => confirmDelete({ title: t('delete.title', { name: segment.name }), text: t('delete.text'), onConfirm: remove })}>{t('app:delete')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
