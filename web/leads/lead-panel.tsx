import { useState } from 'react'
import { Anchor, Badge, Button, Center, Drawer, Group, Kbd, Loader, Select, Stack, TagsInput, Text } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ContactCard } from '../../shared/contacts.ts'
import type { Lead, LeadLabels } from '../../shared/leads.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay, useSession } from '../app/session.tsx'
import { cardKey } from '../contacts/card-query.ts'
import { Timeline } from '../contacts/timeline.tsx'
import { useUsers } from '../contacts/use-reference.ts'
import { TasksPanel } from '../activities/tasks-panel.tsx'
import { SamePersonPanel } from '../duplicates/same-person-panel.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { Conversion, useRevert } from './conversion.tsx'
import { LeadCheck } from './lead-check.tsx'
import { ReactionLine } from './reaction-mark.tsx'
import { RoutingTrial } from './routing-trial.tsx'
import type { LeadActions } from './use-lead-actions.ts'

type Props = { id: number | null, actions: LeadActions, onRefuse: (lead: Lead) => void, onClose: () => void }

/** Who it is, where from, what they did, and what to do next, beside the list. */
export function LeadPanel({ id, actions, onRefuse, onClose }: Props) {
  const { t } = useTranslation('leads')
  return (
    <Drawer
      opened={id !== null} onClose={onClose} position="right" size={460} withOverlay={false} lockScroll={false} trapFocus={false} closeOnClickOutside={false} shadow="xl" closeButtonProps={{ 'aria-label': t('app:close') }}
      title={<Text fw={600}>{t('panel.title')}</Text>}
    >
      {id !== null && <Content key={id} id={id} actions={actions} onRefuse={onRefuse} />}
    </Drawer>
  )
}

function Content({ id, actions, onRefuse }: { id: number, actions: LeadActions, onRefuse: (lead: Lead) => void }) {
  const { t } = useTranslation('leads')
  const lead = useQuery({ queryKey: ['leads', id], queryFn: () => api.get<Lead>(`/leads/${id}`) })
  useLive(['leads'], () => void lead.refetch())
  const [trying, setTrying] = useState(false)
  if (lead.isPending) return <Center py="xl"><Loader type="dots" /></Center>
  if (lead.isError) return <ErrorNotice error={lead.error} retry={() => void lead.refetch()} />
  const { contact, first_utm, utm } = lead.data
  return (
    <Stack gap="md">
      <Stack gap={2}>
        <Anchor component={Link} to={`/contacts/${contact.id}`} fw={600} size="lg"><Group gap={6} component="span" wrap="nowrap"><span style={{ overflowWrap: 'anywhere' }}>{contact.name}</span><IconExternalLink size={15} aria-hidden /></Group></Anchor>
        {contact.email !== null && contact.email !== contact.name && <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{contact.email}</Text>}
        {contact.phone !== null && <Anchor size="sm" href={`tel:${contact.phone}`}>{contact.phone}</Anchor>}
        {contact.known_since !== null && <Text size="sm" c="dimmed">{t('panel.known_since')} <TimeAgo time={contact.known_since} /></Text>}
      </Stack>
      <LeadCheck lead={lead.data} />
      <Work lead={lead.data} actions={actions} onRefuse={onRefuse} />
      <Stack gap={2} align="flex-start">
        <Text size="sm">{lead.data.source_label} · <TimeAgo time={lead.data.created_at} /></Text>
        <ReactionLine lead={lead.data} />
        {lead.data.assigned_because !== '' && <Text size="sm" c="dimmed">{lead.data.assigned_because}</Text>}
        <Button variant="subtle" size="compact-xs" ml={-8} onClick={() => setTrying(true)}>{t('routing:trial.button')}</Button>
        <Touch label={t('panel.last_touch')} utm={utm} />
        {JSON.stringify(first_utm) !== JSON.stringify(utm) && <Touch label={t('panel.first_touch')} utm={first_utm} />}
      </Stack>
      <SamePersonPanel contactId={contact.id} />
      <About contactId={contact.id} leadId={id} />
      <Timeline of={{ contactId: contact.id }} />
      <RoutingTrial lead={lead.data} opened={trying} actions={actions} onClose={() => setTrying(false)} />
    </Stack>
  )
}

function Touch({ label, utm }: { label: string, utm: Record<string, string> }) {
  if (Object.keys(utm).length === 0) return null
  return <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{label}: {Object.entries(utm).map(([key, value]) => `${key.replace('utm_', '')} ${value}`).join(', ')}</Text>
}

function Work({ lead, actions, onRefuse }: { lead: Lead, actions: LeadActions, onRefuse: (lead: Lead) => void }) {
  const { t } = useTranslation('leads')
  const may = useMay('contacts')
  const { user } = useSession()
  const users = useUsers()
  const labels = useQuery({ queryKey: ['leads', 'labels'], queryFn: () => api.get<LeadLabels>('/leads/labels'), staleTime: 60_000 })
  const card = useQuery({ queryKey: cardKey(lead.contact.id), queryFn: () => api.get<ContactCard>(`/contacts/${lead.contact.id}`) })
  const [converting, setConverting] = useState(false)
  const revert = useRevert(lead.id)
  const isOpen = lead.status === 'new' || lead.status === 'in_work'
  const isMine = lead.owner?.id === user.id && lead.status === 'in_work'
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Badge variant="light" color={lead.status === 'refused' ? 'gray' : 'pine'}>{t(`statuses.${lead.status}`)}</Badge>
        {lead.refused_because !== null && <Text size="sm">{lead.refused_because}</Text>}
        {lead.deal !== null && <Anchor component={Link} size="sm" to={`/deals/${lead.deal.id}`}>{lead.deal.name}</Anchor>}
      </Group>
      {may && (
        <Group gap="xs">
          {isOpen && !isMine && <Button size="xs" rightSection={<Kbd size="xs">E</Kbd>} loading={actions.isPending} onClick={() => actions.take([lead])}>{t('take')}</Button>}
          {isOpen && <Button size="xs" variant="default" rightSection={<Kbd size="xs">R</Kbd>} onClick={() => onRefuse(lead)}>{t('refuse')}</Button>}
          {isOpen && <Button size="xs" variant="default" disabled={card.data === undefined} onClick={() => setConverting(true)}>{t('conversion.convert')}</Button>}
          {lead.status === 'refused' && <Button size="xs" variant="default" loading={actions.isPending} onClick={() => actions.set([lead], { status: 'in_work' })}>{t('reopen')}</Button>}
          {lead.status === 'converted' && <Button size="xs" variant="default" loading={revert.isPending} onClick={() => revert.mutate()}>{t('conversion.undo')}</Button>}
        </Group>
      )}
      <Group grow gap="xs" align="flex-start">
        <Select
          size="xs" label={t('owner')} searchable clearable disabled={!may} placeholder={t('nobodys')} value={lead.owner === null ? null : String(lead.owner.id)} data={users.map(each => ({ value: String(each.id), label: each.name }))}
          onChange={value => actions.set([lead], { owner_id: value === null ? null : Number(value) })}
        />
        <TagsInput size="xs" label={t('labels')} disabled={!may} maxTags={20} value={lead.labels} data={labels.data?.data.map(each => each.label) ?? []} onChange={next => actions.set([lead], { labels: next })} />
      </Group>
      <Conversion lead={lead} card={converting ? card.data : undefined} onClose={() => setConverting(false)} />
    </Stack>
  )
}

/** What the card says in a line, earlier leads, and the tasks. */
function About({ contactId, leadId }: { contactId: number, leadId: number }) {
  const { t } = useTranslation('leads')
  const format = useFormat()
  const card = useQuery({ queryKey: cardKey(contactId), queryFn: () => api.get<ContactCard>(`/contacts/${contactId}`) })
  useLive([`contact:${contactId}`], () => void card.refetch())
  if (card.data === undefined) return null
  const { rollups } = card.data
  const others = card.data.leads.filter(each => each.id !== leadId)
  return (
    <>
      <Text size="sm">
        {t('panel.mails', { sent: rollups.mails_sent, opens: rollups.opens, clicks: rollups.clicks })}
        {rollups.orders_count > 0 && <> · {t('panel.orders', { count: rollups.orders_count, amount: format.money(rollups.revenue, rollups.currency) })}</>}
      </Text>
      {others.length > 0 && (
        <Stack gap={2}>
          <Text size="sm" fw={500}>{t('panel.others')}</Text>
          {others.map(each => <Anchor key={each.id} component={Link} size="sm" to={`/leads?status=all&open=${each.id}`}>{each.source_label} · {t(`statuses.${each.status}`)} · <TimeAgo time={each.created_at} /></Anchor>)}
        </Stack>
      )}
      <TasksPanel of={{ contact: card.data.id }} add={{ contact_id: card.data.id }} />
    </>
  )
}
