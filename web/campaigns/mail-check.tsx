import { useEffect, useRef, useState } from 'react'
import { Anchor, Button, Collapse, Group, Progress, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconRefresh } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Campaign } from '../../shared/campaigns.ts'
import type { MailCheck, MailFinding } from '../../shared/mail-checks.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { PeopleDrawer } from '../ui/people-drawer.tsx'
import { CheckLine } from './check-line.tsx'
import { editorPath, useFindingWords, usePlaceWords } from './finding-words.ts'
import { MailExampleDrawer } from './mail-example.tsx'

const checkKey = (id: number) => ['campaign-mail-check', id]

/** The last look at the mails of a campaign; follows by itself. */
export function useMailCheck(campaign: Campaign) {
  const client = useQueryClient()
  const key = checkKey(campaign.id)
  const found = useQuery({ queryKey: [...key, campaign.segment?.id, campaign.template?.id, campaign.topic?.id], queryFn: ({ signal }) => api.get<MailCheck>(`/campaigns/${campaign.id}/mail-check`, { signal }), placeholderData: previous => previous })
  useLive([`campaign:${campaign.id}`], () => void client.invalidateQueries({ queryKey: key }))
  return found
}

/** Every mail of the audience, rendered and looked at: what is amiss, for how many and for whom. Begins by itself when nothing is known or it is old. */
export function MailCheckPanel({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation('mail_check')
  const client = useQueryClient()
  const format = useFormat()
  const may = useMay('marketing')
  const found = useMailCheck(campaign)
  const set = (check: MailCheck) => client.setQueriesData({ queryKey: checkKey(campaign.id) }, check)
  const start = useMutation({ mutationFn: () => api.post<MailCheck>(`/campaigns/${campaign.id}/mail-check`), onSuccess: set })
  const stop = useMutation({ mutationFn: () => api.delete<MailCheck>(`/campaigns/${campaign.id}/mail-check`), onSuccess: set })
  const check = found.data
  useOnceWhenOld(campaign, check, may && !found.isPlaceholderData, start.mutate)
  // What it has found decides whether the campaign may leave.
  const state = check?.state
  useEffect(() => {
    if (state === 'done') void client.invalidateQueries({ queryKey: ['campaign-preflight', campaign.id] })
  }, [client, campaign.id, state, check?.finished_at])
  if (found.isError) return <ErrorNotice error={found.error} retry={() => void found.refetch()} />
  if (!check || (check.state === 'none' && !may)) return null
  return (
    <Stack gap={6} role="region" aria-label={t('title')}>
      <Group justify="space-between" gap="xs">
        <Title order={3} size="h5">{t('title')}</Title>
        {may && check.state !== 'running' && check.state !== 'none' && <Button size="compact-xs" variant="subtle" leftSection={<IconRefresh size={14} />} loading={start.isPending} onClick={() => start.mutate()}>{t('again')}</Button>}
      </Group>
      {check.state === 'running' && (
        <Group gap="sm" wrap="nowrap" role="status">
          <Progress value={check.members === 0 ? 0 : check.members_seen / check.members * 100} style={{ flex: 1 }} aria-label={t('title')} animated />
          <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' }}>{t('seen', { seen: format.number(check.members_seen), all: format.number(check.members) })}</Text>
          {may && <Button size="compact-xs" variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>{t('stop')}</Button>}
        </Group>
      )}
      <ErrorNotice error={start.error ?? stop.error} />
      {check.state === 'cancelled' && <CheckLine level="info">{t('stopped', { seen: format.number(check.members_seen), all: format.number(check.members) })}</CheckLine>}
      {check.state === 'done' && check.mails > 0 && (
        <CheckLine level={check.mails_with_faults === 0 ? 'good' : check.findings.some(finding => finding.level === 'blocking') ? 'blocking' : 'warning'}>
          {check.mails_with_faults === 0 ? t('good', { count: check.mails }) : t('bad', { mails: format.number(check.mails), wrong: format.number(check.mails_with_faults) })}{' '}
          <Text span size="xs" c="dimmed">{check.finished_at && format.dayAndTime(check.finished_at)}</Text>
          {check.stale && <Text size="xs" c="dimmed">{t(`stale.${check.stale}`)}</Text>}
        </CheckLine>
      )}
      <Findings campaign={campaign} check={check} />
    </Stack>
  )
}

/** Asks once for each cause, so that a base in which something always changes does not keep it going for ever. */
function useOnceWhenOld(campaign: Campaign, check: MailCheck | undefined, may: boolean, start: () => void) {
  const asked = useRef(new Set<string>())
  const complete = campaign.template !== null && campaign.segment !== null && campaign.segment.state !== 'computing' && campaign.topic !== null && (campaign.state === 'draft' || campaign.state === 'scheduled')
  const cause = check === undefined || check.state === 'running' ? null : check.state === 'none' ? 'none' : check.stale
  const key = cause === null ? null : [cause, campaign.segment?.id, campaign.template?.id, campaign.topic?.id, cause === 'mail' ? check?.finished_at : ''].join(' ')
  useEffect(() => {
    if (!may || !complete || key === null || asked.current.has(key)) return
    asked.current.add(key)
    start()
  }, [may, complete, key, start])
}

const shownAtFirst = 8

function Findings({ campaign, check }: { campaign: Campaign, check: MailCheck }) {
  const { t } = useTranslation('mail_check')
  const [showsInfo, { toggle }] = useDisclosure(false)
  const [showsAll, { open: showAll }] = useDisclosure(false)
  const [open, setOpen] = useState<{ finding: MailFinding, what: 'people' | 'mail' } | null>(null)
  const words = useFindingWords()
  const serious = check.findings.filter(finding => finding.level !== 'info')
  const info = check.findings.filter(finding => finding.level === 'info')
  const line = (finding: MailFinding) => <FindingLine key={finding.id} campaign={campaign} finding={finding} onOpen={what => setOpen({ finding, what })} />
  return (
    <>
      {serious.slice(0, showsAll ? undefined : shownAtFirst).map(line)}
      {!showsAll && serious.length > shownAtFirst && <Button size="compact-xs" variant="subtle" w="fit-content" onClick={showAll}>{t('show_all', { count: serious.length })}</Button>}
      {info.length > 0 && (
        <>
          <Button size="compact-xs" variant="subtle" color="gray" w="fit-content" aria-expanded={showsInfo} onClick={toggle}>{t(showsInfo ? 'hide_info' : 'show_info', { count: info.length })}</Button>
          <Collapse expanded={showsInfo}><Stack gap={6}>{info.map(line)}</Stack></Collapse>
        </>
      )}
      <PeopleDrawer
        title={open ? words(open.finding) : ''} path={withQuery(`/campaigns/${campaign.id}/mail-check/people`, { finding: open?.finding.id })}
        opened={open?.what === 'people'} onClose={() => setOpen(null)}
      />
      {open && <MailExampleDrawer campaign={campaign} finding={open.finding} opened={open.what === 'mail'} onClose={() => setOpen(null)} />}
    </>
  )
}

function FindingLine({ campaign, finding, onOpen }: { campaign: Campaign, finding: MailFinding, onOpen: (what: 'people' | 'mail') => void }) {
  const { t } = useTranslation('mail_check')
  const words = useFindingWords()
  const placeWords = usePlaceWords()
  const may = useMay('marketing')
  const [place] = finding.places
  return (
    <CheckLine level={finding.level}>
      {words(finding)}
      <Group gap={10} style={{ rowGap: 2 }}>
        <Anchor component="button" type="button" size="sm" onClick={() => onOpen('people')}>{t('people', { count: finding.count })}</Anchor>
        {finding.examples.length > 0 && <Anchor component="button" type="button" size="sm" onClick={() => onOpen('mail')}>{t('example')}</Anchor>}
        {may && campaign.template && place && <Anchor component={Link} size="sm" to={editorPath(campaign.template.id, finding.locale, place)}>{t('mend', { place: placeWords(place) })}</Anchor>}
      </Group>
    </CheckLine>
  )
}
