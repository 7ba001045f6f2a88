import { Alert, Anchor, Button, Group, Paper, Progress as Bar, Stack, Text, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Campaign } from '../../shared/campaigns.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { useMailCheck } from './mail-check.tsx'

/** How far the sending is. Follows by itself. */
export function Progress({ campaign, onDone }: { campaign: Campaign, onDone: (campaign: Campaign) => void }) {
  const { t } = useTranslation('campaigns')
  const format = useFormat()
  const { ledger, state } = campaign
  if (state === 'sent') return null
  const done = ledger.planned - ledger.queued - ledger.sending
  const part = (count: number) => ledger.planned === 0 ? 0 : count / ledger.planned * 100
  return (
    <Paper>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h3">{t(`progress.${state}`)}</Title>
          <Text size="sm" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>{t('done_of', { done: format.number(done), all: format.number(ledger.planned) })}</Text>
        </Group>
        <Bar.Root size="lg" aria-label={t('done_of', { done: format.number(done), all: format.number(ledger.planned) })}>
          <Bar.Section value={part(ledger.sent - ledger.bounced)} color="pine" aria-label={t('numbers.delivered')} />
          <Bar.Section value={part(ledger.bounced + ledger.failed + ledger.unknown)} color="red" aria-label={t('numbers.failed')} />
          <Bar.Section value={part(ledger.skipped)} color="gray.5" aria-label={t('numbers.skipped')} />
        </Bar.Root>
        {ledger.queued > 0 && <Anchor component={Link} size="sm" to={`/campaigns/${campaign.id}/ledger`}>{t('who_waits', { count: ledger.queued })}</Anchor>}
        {campaign.is_checked_first && <LooksAtMails campaign={campaign} />}
        {campaign.pause_reason && <Paused campaign={campaign} />}
        {campaign.stage && state === 'sending' && <Stage campaign={campaign} onDone={onDone} />}
        {campaign.segment && <Text size="sm" c="dimmed">{t('goes_to')} <Anchor component={Link} size="sm" to={`/segments/${campaign.segment.id}`}>{campaign.segment.name}</Anchor>{campaign.template && <> · <Anchor component={Link} size="sm" to={`/templates/${campaign.template.id}`}>{campaign.template.name}</Anchor></>}</Text>}
      </Stack>
    </Paper>
  )
}

/** Nothing leaves before all of its mails have been looked at. */
function LooksAtMails({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation('mail_check')
  const format = useFormat()
  const check = useMailCheck(campaign).data
  return (
    <Group gap="sm" wrap="nowrap" role="status">
      <Text size="sm">{t('before_it_leaves')}</Text>
      {check?.state === 'running' && <Bar value={check.members === 0 ? 0 : check.members_seen / check.members * 100} style={{ flex: 1 }} aria-label={t('before_it_leaves')} animated />}
      {check?.state === 'running' && <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>{t('seen', { seen: format.number(check.members_seen), all: format.number(check.members) })}</Text>}
    </Group>
  )
}

/** Why it paused itself: `pause_detail` is how many of how many, and the limit in percent. */
function Paused({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation('campaigns')
  const format = useFormat()
  const [count = 0, of = 1, limit = 0] = (campaign.pause_detail ?? '').split('/').map(Number)
  return <Alert color="red" variant="light" title={t('paused_itself')}>{t(`paused_${campaign.pause_reason ?? 'bounces'}`, { share: format.percent(count / of), of: format.number(of), limit: format.percent(limit / 100) })}</Alert>
}

/** Which stage it is in, how the mails so far did, and when or how it goes on. */
function Stage({ campaign, onDone }: { campaign: Campaign, onDone: (campaign: Campaign) => void }) {
  const { t } = useTranslation('campaigns')
  const format = useFormat()
  const may = useMay('marketing')
  const { stage, ledger, reactions } = campaign
  const goOn = useMutation({ mutationFn: () => api.post<Campaign>(`/campaigns/${campaign.id}/stage`, { stage: stage?.number }), onSuccess: onDone, onError: notifyError })
  if (!stage) return null
  const share = (part: number) => format.percent(ledger.sent === 0 ? 0 : part / ledger.sent)
  return (
    <Alert color={stage.done_at ? 'amber' : 'gray'} variant="light" title={t(stage.mails === null ? 'stage_last' : 'stage_of', { number: stage.number, of: stage.of, mails: format.number(stage.mails ?? 0) })}>
      <Stack gap="xs">
        <Text size="sm">{t('stage_numbers', { sent: format.number(ledger.sent), bounced: share(ledger.bounced), complained: share(reactions.complained), opened: share(reactions.opened), unsubscribed: share(reactions.unsubscribed) })}</Text>
        {stage.done_at && <Text size="sm">{stage.goes_on_at ? t('stage_goes_on', { time: format.dayAndTime(stage.goes_on_at) }) : t('stage_waits')}</Text>}
        {may && stage.mails !== null && <Group><Button size="xs" loading={goOn.isPending} onClick={() => goOn.mutate()}>{t('stage_next')}</Button></Group>}
      </Stack>
    </Alert>
  )
}
