import { useState } from 'react'
import { Button, Group, Paper, SegmentedControl, Stack, Text, TextInput, Title } from '@mantine/core'
import { modals } from '@mantine/modals'
import { IconCalendarTime, IconSend } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Campaign, Preflight } from '../../shared/campaigns.ts'
import { api } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { CheckLine } from './check-line.tsx'
import { useMailCheck } from './mail-check.tsx'
import { preflightKey } from './preflight-panel.tsx'

/** Now or at a time; asked once, with the number of people who will get it. */
export function SendPanel({ campaign, saving, onDone }: { campaign: Campaign, saving: boolean, onDone: (campaign: Campaign) => void }) {
  const { t } = useTranslation('campaigns')
  const format = useFormat()
  const { company } = useSession()
  const [when, setWhen] = useState<'now' | 'later'>('now')
  const [time, setTime] = useState('')
  const preflight = useQuery<Preflight>({ queryKey: preflightKey(campaign), queryFn: ({ signal }) => api.get<Preflight>(`/campaigns/${campaign.id}/preflight`, { signal }) })
  const moment = when === 'later' && time !== '' ? new Date(time) : null
  const send = useMutation({
    mutationFn: () => api.post<Campaign>(`/campaigns/${campaign.id}/sending`, moment ? { send_at: moment.toISOString() } : {}),
    onSuccess: onDone,
  })
  const check = useMailCheck(campaign).data
  if (campaign.state === 'scheduled') return null
  const isLookedAt = check?.state === 'done' && check.stale === null
  const warnings = [
    ...isLookedAt && check.mails_with_faults > 0 ? [t('mail_check:sends_anyway', { mails: format.number(check.mails), wrong: format.number(check.mails_with_faults) })] : [],
    ...isLookedAt ? [] : [t(moment ? 'mail_check:looked_at_before' : 'mail_check:looked_at_first')],
  ]
  const count = preflight.data?.will_get ?? 0
  const past = moment !== null && moment.getTime() <= Date.now()
  const ready = preflight.data?.ready === true && !saving && !preflight.isFetching && (when === 'now' || (moment !== null && !past))
  const ask = () => modals.openConfirmModal({
    title: <Text fw={600}>{t('send_title', { name: campaign.name })}</Text>,
    children: (
      <Stack gap="xs">
        <Text size="sm">{moment ? t('send_later_text', { count, time: format.dayAndTime(moment.toISOString()) }) : t('send_now_text', { count })}</Text>
        {warnings.map(words => <CheckLine key={words} level="warning">{words}</CheckLine>)}
      </Stack>
    ),
    labels: { confirm: moment ? t('schedule') : t('send'), cancel: t('app:cancel') },
    onConfirm: () => send.mutate(),
  })
  return (
    <Paper>
      <Stack gap="sm">
        <Title order={2} size="h3">{t('when')}</Title>
        <SegmentedControl aria-label={t('when')} value={when} onChange={value => setWhen(value === 'later' ? 'later' : 'now')} data={[{ value: 'now', label: t('now') }, { value: 'later', label: t('later') }]} />
        {when === 'later' && (
          <TextInput
            type="datetime-local" label={t('time')} value={time} onChange={event => setTime(event.currentTarget.value)}
            error={past ? t('time_past') : undefined} description={moment && !past ? t('time_in_zone', { time: format.dayAndTime(moment.toISOString()), zone: company.time_zone }) : undefined}
          />
        )}
        <ErrorNotice error={send.error} />
        <Group>
          <Button size="md" leftSection={when === 'later' ? <IconCalendarTime size={18} /> : <IconSend size={18} />} disabled={!ready} loading={send.isPending} onClick={ask}>
            {when === 'later' ? t('schedule') : count > 0 ? t('send_to', { count }) : t('send')}
          </Button>
        </Group>
        {preflight.data?.ready === false && <Text size="sm" c="dimmed">{t('not_ready')}</Text>}
      </Stack>
    </Paper>
  )
}
