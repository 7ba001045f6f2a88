import { useState } from 'react'
import { ActionIcon, Anchor, Center, Group, Loader, Menu, SimpleGrid, Stack } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconDots, IconTrash } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Navigate, useNavigate, useParams } from 'react-router'
import type { CompanyCard } from '../../shared/companies.ts'
import { TasksPanel } from '../activities/tasks-panel.tsx'
import { api, withQuery } from '../app/api.ts'
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
import { companyKey, CompanyDetails } from './company-details.tsx'
import { CompanyDeals, CompanyPeople } from './company-panels.tsx'
import { MergedCompaniesPanel, SameCompanyPanel } from './same-company-panel.tsx'

/** One company, everything known of it and of the people who work there: kept up to date while it is open. */
export function Page() {
  const id = Number(useParams()['id'])
  const client = useQueryClient()
  const [tab, setTab] = useState<string | null>('card')
  const narrow = useMediaQuery('(max-width: 62em)') ?? false
  const query = useQuery({ queryKey: companyKey(id), queryFn: () => api.get<CompanyCard>(`/companies/${id}`) })
  useLive([`company:${id}`, 'deals'], () => {
    void client.invalidateQueries({ queryKey: companyKey(id) })
    void client.invalidateQueries({ queryKey: ['list'], predicate: entry => String(entry.queryKey[1]).startsWith(`/companies/${id}/`) })
  })
  if (query.isPending) return <Center h={300}><Loader type="dots" /></Center>
  if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />
  const company = query.data
  // The number of a company that was merged into another.
  if (company.id !== id) return <Navigate to={`/companies/${company.id}`} replace />
  const panels = (
    <Stack gap="sm">
      <Notes of={{ companyId: id }} />
      <SameCompanyPanel companyId={id} />
      <CompanyDetails company={company} />
      <CompanyPeople company={company} />
      <CompanyDeals companyId={id} />
      <TasksPanel of={{ company: id }} add={{ company_id: id }} />
      <Files of={{ companyId: id }} />
      <MergedCompaniesPanel companyId={id} />
    </Stack>
  )
  return (
    <>
      <Header company={company} />
      <Strip company={company} />
      <CardLayout narrow={narrow} tab={tab} onTab={setTab} panels={panels} timeline={<Timeline of={{ companyId: id }} />} />
    </>
  )
}

function Header({ company }: { company: CompanyCard }) {
  const { t } = useTranslation('companies')
  const may = useMay('contacts')
  const navigate = useNavigate()
  const client = useQueryClient()
  const remove = () => confirmDelete({ title: t('delete_title', { name: company.name }), text: t('delete_text'), onConfirm: async () => {
    await api.delete(`/companies/${company.id}`)
    void client.invalidateQueries({ queryKey: ['list'] })
    notifyDone(t('deleted'))
    void navigate('/contacts')
  } })
  return (
    <PageHeader
      title={company.name} back={{ to: '/contacts', label: t('contacts:title') }}
      subtitle={(
        <Group gap="sm" component="span">
          {company.domain !== null && <Anchor size="sm" href={`https://${company.domain}`} target="_blank" rel="noreferrer noopener">{company.domain}</Anchor>}
          {company.phone !== null && <Anchor size="sm" href={`tel:${company.phone}`}>{company.phone}</Anchor>}
        </Group>
      )}
      actions={may && (
        <Menu position="bottom-end">
          <Menu.Target><ActionIcon variant="default" size={34} aria-label={t('more')}><IconDots size={17} /></ActionIcon></Menu.Target>
          <Menu.Dropdown><Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.7} />} onClick={remove}>{t('delete_menu')}</Menu.Item></Menu.Dropdown>
        </Menu>
      )}
    />
  )
}

function Strip({ company }: { company: CompanyCard }) {
  const { t } = useTranslation('companies')
  const format = useFormat()
  const sums = (of: CompanyCard['open_deals']) => of.sums.length === 0 ? '—' : of.sums.map(sum => format.money(sum.amount, sum.currency)).join(' + ')
  const count = (of: CompanyCard['open_deals']) => of.count === 0 ? t('strip.none') : format.number(of.count)
  const there = withQuery('/contacts', { filter: JSON.stringify([{ field: 'company', operator: 'is', value: company.name }]) })
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="xs">
      <StatNumber to={there} label={t('strip.people')} value={format.number(company.contacts_count)} hint=" " />
      <StatNumber to="?timeline=order" label={t('strip.revenue')} value={format.money(company.revenue.amount, company.revenue.currency)} hint={t('strip.orders', { count: company.orders_count })} />
      <StatNumber label={t('strip.open')} value={sums(company.open_deals)} hint={count(company.open_deals)} />
      <StatNumber label={t('strip.won')} value={sums(company.won_deals)} hint={count(company.won_deals)} />
      <StatNumber small label={t('strip.activity')} value={company.last_event_at === null ? '—' : <TimeAgo time={company.last_event_at} />} hint={company.last_event_at === null ? ' ' : format.day(company.last_event_at)} />
    </SimpleGrid>
  )
}
