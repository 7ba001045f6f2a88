import { useEffect, useState } from 'react'
import { ActionIcon, Alert, Button, Group, Menu, Skeleton, Stack, TextInput, VisuallyHidden } from '@mantine/core'
import { IconDots, IconDownload, IconListDetails, IconPlayerPause, IconPlayerPlay, IconTrash, IconX } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams } from 'react-router'
import type { Campaign, CampaignStages } from '../../shared/campaigns.ts'
import { api, apiUrl } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { isConflict } from '../ui/error-words.ts'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { PacePanel } from './pace-panel.tsx'
import { PreflightPanel } from './preflight-panel.tsx'
import { Progress } from './progress.tsx'
import { Report } from './report.tsx'
import { SendPanel } from './send-panel.tsx'
import { SetUp } from './set-up.tsx'
import { StateBadge } from './state-badge.tsx'
import classes from './campaigns.module.css'

export type ChangeCampaign = (change: { name?: string, template_id?: number | null, segment_id?: number | null, topic_id?: number | null, pace_per_hour?: number | null, ignores_caps?: boolean, ignores_quiet_hours?: boolean, ignores_best_hour?: boolean, stages?: CampaignStages | null }) => void

export function Page() {
  const { t } = useTranslation('campaigns')
  const id = Number(useParams()['id'])
  const client = useQueryClient()
  const key = ['campaign', id]
  const found = useQuery({ queryKey: key, queryFn: ({ signal }) => api.get<Campaign>(`/campaigns/${id}`, { signal }) })
  useLive([`campaign:${id}`], () => void client.invalidateQueries({ queryKey: key }))
  if (found.isPending) return <Skeleton height={360} radius="md" />
  if (found.isError) return <><PageHeader title={t('title')} back={{ to: '/campaigns', label: t('title') }} /><ErrorNotice error={found.error} retry={() => void found.refetch()} /></>
  return <CampaignView campaign={found.data} />
}

function CampaignView({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation('campaigns')
  const format = useFormat()
  const client = useQueryClient()
  const navigate = useNavigate()
  const may = useMay('marketing')
  const key = ['campaign', campaign.id]
  const keep = (next: Campaign) => {
    client.setQueryData(key, next)
    void client.invalidateQueries({ queryKey: ['campaign-preflight', campaign.id] })
    void client.invalidateQueries({ queryKey: ['list'] })
  }
  const save = useMutation({
    // One after another: each change carries the revision the one before it made.
    scope: { id: `campaign-${campaign.id}` },
    mutationFn: (change: Parameters<ChangeCampaign>[0]) => api.patch<Campaign>(`/campaigns/${campaign.id}`, { revision: client.getQueryData<Campaign>(key)?.revision ?? campaign.revision, ...change }),
    onSuccess: keep,
    onError: (error) => {
      notifyError(error)
      if (isConflict(error)) void client.invalidateQueries({ queryKey: key })
    },
  })
  const act = useMutation({
    mutationFn: (what: 'pause' | 'resume' | 'cancel') => what === 'pause' ? api.delete<Campaign>(`/campaigns/${campaign.id}/sending`) : api.post<Campaign>(`/campaigns/${campaign.id}/${what === 'cancel' ? 'cancellation' : 'sending'}`),
    onSuccess: keep,
    onError: notifyError,
  })
  const remove = async () => {
    await api.delete(`/campaigns/${campaign.id}`)
    void client.invalidateQueries({ queryKey: ['list'] })
    await navigate('/campaigns')
  }
  const underWay = campaign.state === 'planning' || campaign.state === 'sending'
  const before = campaign.state === 'draft' || campaign.state === 'scheduled'
  return (
    <>
      <PageHeader
        title={campaign.name}
        heading={<><VisuallyHidden component="h1">{campaign.name}</VisuallyHidden><NameField name={campaign.name} disabled={!may} onSave={name => save.mutate({ name })} /></>}
        subtitle={<Group gap={8}><StateBadge state={campaign.state} />{campaign.state === 'scheduled' && campaign.send_at && <span>{t('leaves_at', { time: format.dayAndTime(campaign.send_at) })}</span>}{campaign.finished_at && <span>{t('finished_at', { time: format.dayAndTime(campaign.finished_at) })}</span>}</Group>}
        back={{ to: '/campaigns', label: t('title') }}
        actions={(
          <>
            {may && (underWay || campaign.state === 'scheduled') && <Button variant="default" leftSection={<IconPlayerPause size={16} />} loading={act.isPending} onClick={() => act.mutate('pause')}>{t(campaign.state === 'scheduled' ? 'take_back' : 'pause')}</Button>}
            {may && campaign.state === 'paused' && <Button leftSection={<IconPlayerPlay size={16} />} loading={act.isPending} onClick={() => act.mutate('resume')}>{t(campaign.pause_reason ? 'resume_anyway' : 'resume')}</Button>}
            <Menu position="bottom-end">
              <Menu.Target><ActionIcon variant="default" size={36} aria-label={t('more')}><IconDots size={18} /></ActionIcon></Menu.Target>
              <Menu.Dropdown>
                <Menu.Item component={Link} to={`/campaigns/${campaign.id}/ledger`} leftSection={<IconListDetails size={16} />} disabled={campaign.ledger.planned === 0}>{t('ledger')}</Menu.Item>
                <Menu.Item component="a" href={apiUrl(`/campaigns/${campaign.id}/ledger.csv`)} leftSection={<IconDownload size={16} />} disabled={campaign.ledger.planned === 0}>{t('messages:download')}</Menu.Item>
                {may && (underWay || campaign.state === 'paused') && <Menu.Item color="red" leftSection={<IconX size={16} />} onClick={() => confirmDelete({ title: t('cancel_title'), text: t('cancel_text'), confirm: t('cancel'), onConfirm: () => act.mutateAsync('cancel') })}>{t('cancel')}</Menu.Item>}
                {may && !underWay && campaign.state !== 'paused' && campaign.state !== 'scheduled' && <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => confirmDelete({ title: t('remove_title'), text: t(campaign.state === 'draft' ? 'remove_draft' : 'remove_sent'), onConfirm: remove })}>{t('app:delete')}</Menu.Item>}
              </Menu.Dropdown>
            </Menu>
          </>
        )}
      />
      {campaign.state === 'draft' && campaign.pause_reason === 'faults' && <Alert color="red" variant="light" mb="md" title={t('mail_check:held_title')}>{t('mail_check:held', { count: Number(campaign.pause_detail ?? 0) })}</Alert>}
      {before
        ? (
            <div className={classes.columns}>
              <Stack gap="md">
                <SetUp campaign={campaign} disabled={!may || campaign.state !== 'draft'} onChange={change => save.mutate(change)} />
              </Stack>
              <Stack gap="md">
                <PreflightPanel campaign={campaign} />
                <PacePanel campaign={campaign} disabled={!may} onChange={change => save.mutate(change)} />
                {may && <SendPanel campaign={campaign} saving={save.isPending} onDone={keep} />}
              </Stack>
            </div>
          )
        : <Stack gap="md"><Progress campaign={campaign} onDone={keep} />{(underWay || campaign.state === 'paused') && <PacePanel campaign={campaign} disabled={!may} onChange={change => save.mutate(change)} />}<Report campaign={campaign} onDone={keep} /></Stack>}
    </>
  )
}

function NameField({ name, disabled, onSave }: { name: string, disabled: boolean, onSave: (name: string) => void }) {
  const { t } = useTranslation('campaigns')
  const [typed, setTyped] = useState(name)
  useEffect(() => setTyped(name), [name])
  const save = () => {
    if (typed.trim() === '') setTyped(name)
    else if (typed.trim() !== name) onSave(typed.trim())
  }
  return (
    <TextInput
      variant="unstyled" classNames={{ input: classes.name ?? '' }} aria-label={t('name')} value={typed} disabled={disabled} maxLength={200}
      onChange={event => setTyped(event.currentTarget.value)} onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur()
      }}
    />
  )
}
