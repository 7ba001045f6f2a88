import { lazy, Suspense, useState } from 'react'
import { Alert, Anchor, Button, Checkbox, Group, Paper, SimpleGrid, Skeleton, Stack, Table, Text, Title, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Campaign, CampaignReport, CampaignRest, PeopleOf } from '../../shared/campaigns.ts'
import { api, withQuery } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { Money } from '../ui/money.tsx'
import { PeopleDrawer } from '../ui/people-drawer.tsx'
import { StatNumber } from '../ui/stat-number.tsx'
import { PeopleRow } from './people-row.tsx'
import { useReasonWords } from '../messages/reason-words.ts'

const HoursChart = lazy(() => import('./hours-chart.tsx'))

/** What the campaign brought; every number opens the people behind it. Rates are of what was delivered. */
export function Report({ campaign, onDone }: { campaign: Campaign, onDone: (campaign: Campaign) => void }) {
  const { t } = useTranslation('campaigns')
  const format = useFormat()
  const words = useReasonWords()
  const found = useQuery({ queryKey: ['campaign-report', campaign.id, campaign.ledger, campaign.reactions], queryFn: ({ signal }) => api.get<CampaignReport>(`/campaigns/${campaign.id}/report`, { signal }), placeholderData: previous => previous })
  if (found.isPending) return <Skeleton height={300} radius="lg" />
  if (found.isError) return <ErrorNotice error={found.error} retry={() => void found.refetch()} />
  const { reactions, ledger, reasons, links, hours, currency } = found.data
  const people = (what: PeopleOf, more: { reason?: string, url?: string } = {}) => withQuery(`/campaigns/${campaign.id}/people`, { what, ...more })
  const share = (part: number) => reactions.delivered === 0 ? undefined : format.percent(part / reactions.delivered)
  const stat = (what: PeopleOf, count: number, hint?: string) => <StatNumber key={what} label={t(`numbers.${what}`)} value={format.number(count)} hint={hint} people={count === 0 ? null : people(what)} noteWords={words} />
  const both = (part: number, all: number) => reactions.delivered === 0 ? undefined : all === part ? share(part) : t('with_machines', { rate: share(part), all: share(all) })
  return (
    <>
      <Paper>
        <SimpleGrid cols={{ base: 2, xs: 3, lg: 5 }} spacing="sm">
          {stat('planned', ledger.planned)}
          {stat('sent', reactions.sent)}
          {stat('delivered', reactions.delivered)}
          {stat('opened', reactions.opened, both(reactions.opened, reactions.opened_with_machines))}
          {stat('clicked', reactions.clicked, both(reactions.clicked, reactions.clicked_with_machines))}
          {stat('unsubscribed', reactions.unsubscribed, share(reactions.unsubscribed))}
          {stat('bounced', reactions.bounced)}
          {stat('complained', reactions.complained)}
          <StatNumber label={t('numbers.orders')} value={format.number(reactions.orders)} hint={t('buyers', { count: reactions.buyers })} people={reactions.buyers === 0 ? null : people('buyers')} />
          <StatNumber label={t('numbers.revenue')} value={<Money amount={reactions.revenue} currency={currency} />} people={reactions.buyers === 0 ? null : people('buyers')} />
        </SimpleGrid>
      </Paper>
      {hours.length > 1 && <Paper><Suspense fallback={<Skeleton height={240} />}><HoursChart hours={hours} /></Suspense></Paper>}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Paper>
          <Stack gap="xs">
            <Title order={2} size="h3">{t('links')}</Title>
            {links.length === 0 ? <Text size="sm" c="dimmed">{t('no_clicks')}</Text> : <Links links={links} path={url => people('clicked', { url })} />}
          </Stack>
        </Paper>
        <Paper>
          <Stack gap="xs">
            <Group justify="space-between"><Title order={2} size="h3">{t('not_got')}</Title><Anchor component={Link} size="sm" to={`/campaigns/${campaign.id}/ledger`}>{t('open_ledger')}</Anchor></Group>
            {reasons.length === 0 ? <Text size="sm" c="dimmed">{ledger.queued + ledger.sending > 0 ? t('who_waits', { count: ledger.queued + ledger.sending }) : t('all_got')}</Text> : (
              <div>{reasons.map(({ state, reason, count }) => <PeopleRow key={`${state} ${reason}`} label={<>{words(reason)} <Text span size="xs" c="dimmed">{t(`numbers.${state}`)}</Text></>} title={words(reason)} count={count} path={people(state, { reason })} />)}</div>
            )}
            {campaign.state === 'sent' && <Rest campaign={campaign} onDone={onDone} />}
          </Stack>
        </Paper>
      </SimpleGrid>
      {campaign.state === 'sent' && campaign.segment && <Text size="sm" c="dimmed">{t('went_to')} <Anchor component={Link} size="sm" to={`/segments/${campaign.segment.id}`}>{campaign.segment.name}</Anchor>{campaign.template && <> · <Anchor component={Link} size="sm" to={`/templates/${campaign.template.id}`}>{campaign.template.name}</Anchor></>}</Text>}
    </>
  )
}

function Links({ links, path }: { links: CampaignReport['links'], path: (url: string) => string }) {
  const { t } = useTranslation('campaigns')
  const format = useFormat()
  const [shown, setShown] = useState('')
  const [opened, { open, close }] = useDisclosure(false)
  return (
    <Table.ScrollContainer minWidth={320}>
      <Table>
        <Table.Thead><Table.Tr><Table.Th>{t('link')}</Table.Th><Table.Th ta="right">{t('link_people')}</Table.Th><Table.Th ta="right">{t('link_clicks')}</Table.Th><Table.Th ta="right">{t('link_machines')}</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {links.map(link => (
            <Table.Tr key={link.url}>
              <Table.Td maw={340}><Text size="sm" truncate title={link.url}>{link.url.replace(/^https?:\/\//, '')}</Text></Table.Td>
              <Table.Td ta="right">{link.people === 0 ? 0 : <UnstyledButton fz="sm" c="pine" onClick={() => { setShown(link.url); open() }}>{format.number(link.people)}</UnstyledButton>}</Table.Td>
              <Table.Td ta="right">{format.number(link.clicks)}</Table.Td>
              <Table.Td ta="right"><Text size="sm" c="dimmed">{format.number(link.machines)}</Text></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <PeopleDrawer title={shown.replace(/^https?:\/\//, '')} path={path(shown)} opened={opened} onClose={close} />
    </Table.ScrollContainer>
  )
}

/** Those who could still get it. Nobody gets it twice. */
export function Rest({ campaign, onDone }: { campaign: Campaign, onDone: (campaign: Campaign) => void }) {
  const { t } = useTranslation('campaigns')
  const may = useMay('marketing')
  const [failed, setFailed] = useState(false)
  const rest = useQuery({ queryKey: ['campaign-rest', campaign.id, campaign.ledger], queryFn: ({ signal }) => api.get<CampaignRest>(`/campaigns/${campaign.id}/rest`, { signal }) })
  const send = useMutation({ mutationFn: () => api.post<Campaign>(`/campaigns/${campaign.id}/rest`, { failed }), onSuccess: onDone })
  if (!may || !rest.data || rest.data.new_members + rest.data.allowed_now + rest.data.failed === 0) return null
  const { new_members, allowed_now, failed: refused } = rest.data
  const count = new_members + allowed_now + (failed ? refused : 0)
  return (
    <Alert color="pine" variant="light" title={t('rest')}>
      <Stack gap="xs">
        {new_members > 0 && <Text size="sm">{t('rest_new', { count: new_members })}</Text>}
        {allowed_now > 0 && <Text size="sm">{t('rest_allowed', { count: allowed_now })}</Text>}
        {refused > 0 && <Checkbox size="sm" checked={failed} onChange={event => setFailed(event.currentTarget.checked)} label={t('rest_failed', { count: refused })} />}
        <ErrorNotice error={send.error} />
        <Group><Button size="xs" disabled={count === 0} loading={send.isPending} onClick={() => send.mutate()}>{t('send_rest', { count })}</Button></Group>
      </Stack>
    </Alert>
  )
}
