import { useState } from 'react'
import { ActionIcon, Anchor, Center, Group, Loader, Menu, SimpleGrid, Stack } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconDots, IconTrash } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams } from 'react-router'
import type { DealWithLines } from '../../shared/deals.ts'
import { TaskDialog } from '../activities/task-dialog.tsx'
import { TasksPanel } from '../activities/tasks-panel.tsx'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { CardLayout } from '../contacts/card-layout.tsx'
import { Timeline } from '../contacts/timeline.tsx'
import { Files } from '../notes/files.tsx'
import { Notes } from '../notes/notes.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyDone } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { StatNumber } from '../ui/stat-number.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { DealDetails } from './deal-details.tsx'
import { dealKey } from './deal-key.ts'
import { DealLines } from './deal-lines.tsx'
import { DealWay } from './deal-way.tsx'
import { NextStep } from './next-step.tsx'
import { StagePath } from './stage-path.tsx'

/** One deal and everything about it: kept up to date while it is open. */
export function Page() {
  const id = Number(useParams()['id'])
  const client = useQueryClient()
  const [tab, setTab] = useState<string | null>('card')
  const narrow = useMediaQuery('(max-width: 62em)') ?? false
  const query = useQuery({ queryKey: dealKey(id), queryFn: () => api.get<DealWithLines>(`/deals/${id}`) })
  const deal = query.data
  useLive(['deals', 'tasks', ...deal === undefined ? [] : [`contact:${deal.contact.id}`]], () => {
    void client.invalidateQueries({ queryKey: dealKey(id) })
    void client.invalidateQueries({ queryKey: ['list'], predicate: entry => String(entry.queryKey[1]).startsWith(`/deals/${id}/`) })
  })
  if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />
  if (deal === undefined) return <Center h={300}><Loader type="dots" /></Center>
  const panels = (
    <Stack gap="sm">
      <Notes of={{ dealId: id }} />
      <DealDetails deal={deal} />
      <DealLines deal={deal} />
      <TasksPanel of={{ deal: id }} add={newTaskOf(deal)} />
      <DealWay id={id} />
      <Files of={{ dealId: id }} />
    </Stack>
  )
  return (
    <>
      <Header deal={deal} />
      <StagePath key={id} deal={deal} />
      <Strip deal={deal} />
      <CardLayout narrow={narrow} tab={tab} onTab={setTab} panels={panels} timeline={<Timeline of={{ dealId: id }} />} />
    </>
  )
}

const newTaskOf = (deal: DealWithLines) => ({ contact_id: deal.contact.id, deal_id: deal.id, ...deal.owner === null ? {} : { owner_id: deal.owner.id } })

function Header({ deal }: { deal: DealWithLines }) {
  const { t } = useTranslation('deals')
  const may = useMay('contacts')
  const navigate = useNavigate()
  const client = useQueryClient()
  const remove = () => confirmDelete({ title: t('delete_title', { name: deal.title }), text: t('delete_text'), onConfirm: async () => {
    await api.delete(`/deals/${deal.id}`)
    void navigate('/deals')
    client.removeQueries({ queryKey: dealKey(deal.id) })
    void client.invalidateQueries({ queryKey: ['list'] })
    notifyDone(t('page.deleted', { name: deal.title }))
  } })
  return (
    <PageHeader
      title={deal.title} back={{ to: '/deals', label: t('title') }}
      subtitle={(
        <Group gap="sm" component="span">
          <Anchor component={Link} to={`/contacts/${deal.contact.id}`} size="sm">{deal.contact.name}</Anchor>
          {deal.company !== null && <Anchor component={Link} to={`/companies/${deal.company.id}`} size="sm">{deal.company.name}</Anchor>}
          {deal.contact.email !== null && deal.contact.email !== deal.contact.name && <Anchor size="sm" href={`mailto:${deal.contact.email}`}>{deal.contact.email}</Anchor>}
        </Group>
      )}
      actions={may && (
        <Menu position="bottom-end">
          <Menu.Target><ActionIcon variant="default" size={34} aria-label={t('page.more')}><IconDots size={17} /></ActionIcon></Menu.Target>
          <Menu.Dropdown><Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.7} />} onClick={remove}>{t('page.delete')}</Menu.Item></Menu.Dropdown>
        </Menu>
      )}
    />
  )
}

/** What it is worth, since when it stands where it is, and what comes next. */
function Strip({ deal }: { deal: DealWithLines }) {
  const { t } = useTranslation('deals')
  const format = useFormat()
  const may = useMay('contacts')
  const client = useQueryClient()
  const [isPlanning, setPlanning] = useState(false)
  const next = (
    <Stack gap={2}>
      <NextStep deal={deal} onDone={() => void client.invalidateQueries({ queryKey: dealKey(deal.id) })} />
      {may && deal.next_step === null && <Anchor component="button" type="button" size="xs" ta="left" onClick={() => setPlanning(true)}>{t('page.plan')}</Anchor>}
    </Stack>
  )
  return (
    <>
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="xs" mt="md">
        <StatNumber label={t('amount')} value={deal.amount === null ? '—' : format.money(deal.amount, deal.currency)} />
        <StatNumber small label={t('expected_on')} value={deal.expected_on === null ? '—' : format.day(`${deal.expected_on}T12:00:00Z`)} />
        {deal.closed_at === null
          ? <StatNumber small label={t('since')} value={<TimeAgo time={deal.stage_since} />} hint={deal.stale && t('stale')} />
          : <StatNumber small label={t(`page.closed_${deal.state === 'won' ? 'won' : 'lost'}`)} value={format.day(deal.closed_at)} hint={deal.lost_reason} />}
        {deal.state === 'open' && <StatNumber small label={t('next_step')} value="" hint={next} />}
      </SimpleGrid>
      <TaskDialog task={isPlanning ? newTaskOf(deal) : null} onClose={() => setPlanning(false)} />
    </>
  )
}
