import { useRef, useState } from 'react'
import { Badge, Button, Group, Kbd, Pill, SegmentedControl, Select, Text } from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import type { HotkeyItem } from '@mantine/hooks'
import { IconPlus, IconTargetArrow } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import type { Lead, LeadCounts, LeadLabels } from '../../shared/leads.ts'
import { leadReaction, leadSource, leadStatus } from '../../shared/leads.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { PersonCell } from '../contacts/person-cell.tsx'
import { useUsers } from '../contacts/use-reference.ts'
import { type Column, DataList, useSelection } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'
import { AddLead } from './add-lead.tsx'
import { BulkActions } from './bulk-actions.tsx'
import { CheckMark } from './lead-check.tsx'
import { LeadPanel } from './lead-panel.tsx'
import { ReactionMark } from './reaction-mark.tsx'
import { Refusal } from './refusal.tsx'
import { RefusalReasons } from './refusal-reasons.tsx'
import { useLeadActions, useRefreshLeads } from './use-lead-actions.ts'

/** The inbox of enquiries: new ones on top, each opened beside the list, taken or refused with a key. */
export function Page() {
  const { t } = useTranslation('leads')
  const may = useMay('contacts')
  const mayAdminister = useMay('administer')
  const [params, setParams] = useSearchParams()
  const asked = (name: string) => params.get(name) ?? ''
  const set = (changes: Record<string, string>) => setParams((before) => {
    const next = new URLSearchParams(before)
    for (const [name, value] of Object.entries(changes)) {
      if (value === '') next.delete(name)
      else next.set(name, value)
    }
    return next
  }, { replace: true })
  const status = asked('status') === '' ? 'new' : asked('status')
  const filter = { owner: asked('owner'), source: asked('source'), label: asked('label'), reaction: asked('reaction'), from: asked('from'), to: asked('to'), hour: asked('hour') }
  const open = Number(asked('open')) || null
  const path = withQuery('/leads', { ...filter, status: status === 'all' ? '' : status })
  const list = useList<Lead>(path)
  const counts = useQuery({ queryKey: ['leads', 'counts', filter], queryFn: () => api.get<LeadCounts>(withQuery('/leads/counts', filter)), placeholderData: before => before })
  const labels = useQuery({ queryKey: ['leads', 'labels'], queryFn: () => api.get<LeadLabels>('/leads/labels'), staleTime: 60_000 }).data?.data.map(each => each.label) ?? []
  const selection = useSelection(path)
  const selected = list.rows.filter(row => selection.selected.has(row.id))
  const [refusing, setRefusing] = useState<Lead[]>([])
  const [adding, { open: add, close: closeAdding }] = useDisclosure(false)
  const [editingReasons, { open: editReasons, close: closeReasons }] = useDisclosure(false)
  const actions = useLeadActions()
  const refresh = useRefreshLeads()
  useLive(['leads'], () => void refresh())
  const move = useMove(list.rows, open, id => set({ open: String(id) }))
  // The same as the panel reads: it may have left the list.
  const current = useQuery({ queryKey: ['leads', open], queryFn: () => api.get<Lead>(`/leads/${open}`), enabled: open !== null }).data
  const isBusy = refusing.length > 0 || adding || editingReasons
  // By the place on the keyboard, so that they work with Russian letters, too.
  const key = (letter: string, act: () => void): HotkeyItem => [letter, act, { usePhysicalKeys: true }]
  useHotkeys(isBusy ? [] : [
    key('J', () => move(1)),
    key('K', () => move(-1)),
    ...may ? [
      key('E', () => {
        if (selected.length > 0) actions.take(selected)
        else if (current !== undefined) actions.take([current])
      }),
      key('R', () => setRefusing(selected.length > 0 ? selected : current === undefined ? [] : [current])),
    ] : [],
  ])
  const isNarrowed = status !== 'new' || Object.values(filter).some(value => value !== '')
  return (
    <>
      <PageHeader
        title={t('title')} subtitle={t('subtitle')}
        actions={(
          <>
            {mayAdminister && <Button variant="default" onClick={editReasons}>{t('reasons.title')}</Button>}
            {may && <Button leftSection={<IconPlus size={16} />} onClick={add}>{t('add.title')}</Button>}
          </>
        )}
      />
      <DataList<Lead>
        name="leads" path={path} rowKey={row => row.id} onRow={row => set({ open: String(row.id) })} minWidth={820} current={open}
        {...(may ? { selection } : {})}
        toolbar={selected.length > 0
          ? <BulkActions leads={selected} labels={labels} actions={actions} onRefuse={() => setRefusing(selected)} onDone={() => selection.onChange(new Set())} />
          : <Filters status={status} filter={filter} labels={labels} counts={counts.data} set={set} />}
        columns={useColumns()}
        empty={<EmptyState icon={IconTargetArrow} title={isNarrowed ? t('empty.none_such') : t('empty.title')} text={t('empty.text')} />}
      />
      {list.rows.length > 0 && <Text size="xs" c="dimmed" mt="sm" visibleFrom="sm"><Kbd size="xs">J</Kbd> <Kbd size="xs">K</Kbd> {t('keys.move')} · <Kbd size="xs">E</Kbd> {t('keys.take')} · <Kbd size="xs">R</Kbd> {t('keys.refuse')}</Text>}
      <LeadPanel id={open} actions={actions} onRefuse={lead => setRefusing([lead])} onClose={() => set({ open: '', timeline: '' })} />
      <Refusal
        leads={refusing} onClose={() => setRefusing([])}
        onRefuse={(reason) => {
          actions.refuse(refusing, reason)
          setRefusing([])
          selection.onChange(new Set())
        }}
      />
      <RefusalReasons opened={editingReasons} onClose={closeReasons} />
      <AddLead opened={adding} onClose={closeAdding} onMade={lead => { closeAdding(); set({ open: String(lead.id) }) }} />
    </>
  )
}

/** To the next or the former row; from one that has left the list to what stands in its place now. */
function useMove(rows: Lead[], open: number | null, go: (id: number) => void) {
  const place = useRef(-1)
  const found = rows.findIndex(row => row.id === open)
  if (found !== -1) place.current = found
  return (step: 1 | -1) => {
    const isGone = open !== null && found === -1
    const at = open === null ? 0 : isGone ? (step === 1 ? place.current : place.current - 1) : found + step
    const next = rows[Math.max(0, Math.min(at, rows.length - 1))]
    if (next !== undefined) go(next.id)
  }
}

type FiltersProps = { status: string, filter: Record<'owner' | 'source' | 'label' | 'reaction' | 'from' | 'to' | 'hour', string>, labels: string[], counts: LeadCounts | undefined, set: (changes: Record<string, string>) => void }

function Filters({ status, filter, labels, counts, set }: FiltersProps) {
  const { t } = useTranslation('leads')
  const format = useFormat()
  const users = useUsers()
  const numbered = (name: string, count: number | undefined) => count === undefined ? name : `${name} ${format.number(count)}`
  const day = (iso: string) => iso === '' ? '…' : format.day(`${iso}T12:00:00Z`)
  const cameIn = [t('reactions:came_in', { from: day(filter.from), to: day(filter.to) }), ...filter.hour === '' ? [] : [t('reactions:at_hour', { hour: filter.hour.padStart(2, '0') })]].join(' ')
  const tabs = {
    value: status, onChange: (value: string) => set({ status: value === 'new' ? '' : value }),
    data: [...leadStatus.options.map(each => ({ value: each, label: numbered(t(`tabs.${each}`), counts?.[each]) })), { value: 'all', label: t('all') }],
  }
  const choice = (name: keyof typeof filter, label: string, data: { value: string, label: string }[]) => (
    <Select size="xs" w={{ base: '100%', sm: 170 }} aria-label={label} placeholder={label} clearable searchable value={filter[name] === '' ? null : filter[name]} onChange={value => set({ [name]: value ?? '' })} data={data} />
  )
  return (
    <Group gap="xs">
      <SegmentedControl size="xs" visibleFrom="sm" {...tabs} />
      <Select size="xs" hiddenFrom="sm" w="100%" aria-label={t('status')} allowDeselect={false} {...tabs} onChange={value => tabs.onChange(value ?? 'new')} />
      {choice('owner', t('owner'), [{ value: 'me', label: t('mine') }, { value: 'nobody', label: numbered(t('nobodys'), counts?.nobodys) }, ...users.map(user => ({ value: String(user.id), label: user.name }))])}
      {choice('source', t('source'), leadSource.options.map(each => ({ value: each, label: t(`sources.${each}`) })))}
      {(labels.length > 0 || filter.label !== '') && choice('label', t('labels'), labels.map(label => ({ value: label, label })))}
      {choice('reaction', t('reactions:label'), leadReaction.options.map(each => ({ value: each, label: numbered(t(`reactions:filter.${each}`), each === 'overdue' ? counts?.overdue : undefined) })))}
      {(filter.from !== '' || filter.to !== '' || filter.hour !== '') && <Pill withRemoveButton removeButtonProps={{ 'aria-label': t('reactions:any_time') }} onRemove={() => set({ from: '', to: '', hour: '' })}>{cameIn}</Pill>}
    </Group>
  )
}

function useColumns(): Column<Lead>[] {
  const { t } = useTranslation('leads')
  const format = useFormat()
  return [
    { key: 'contact', label: t('contact'), fixed: true, render: row => <Group gap="xs" wrap="nowrap"><PersonCell name={row.contact.name} email={row.contact.email ?? row.contact.phone} /><CheckMark lead={row} /></Group> },
    { key: 'status', label: t('status'), width: 130, render: row => <Badge variant="light" color={row.status === 'refused' ? 'gray' : 'pine'} title={row.refused_because ?? ''}>{t(`statuses.${row.status}`)}</Badge> },
    { key: 'source', label: t('source'), render: row => row.source_label },
    { key: 'labels', label: t('labels'), render: row => row.labels.length === 0 ? null : <Group gap={4}>{row.labels.map(label => <Badge key={label} size="sm" variant="outline" tt="none">{label}</Badge>)}</Group> },
    {
      key: 'utm', label: 'UTM', hidden: true,
      render: row => Object.keys(row.utm).length === 0 ? null : <Text size="xs" c="dimmed">{Object.entries(row.utm).map(([key, value]) => `${key.replace('utm_', '')}: ${value}`).join(', ')}</Text>,
    },
    { key: 'owner', label: t('owner'), width: 170, render: row => row.owner?.name ?? <Text size="sm" c="dimmed">{row.try_again_at === null ? t('nobodys') : t('waits', { when: format.dayAndTime(row.try_again_at) })}</Text> },
    { key: 'reaction', label: t('reactions:column'), width: 140, render: row => <ReactionMark lead={row} /> },
    { key: 'refused_because', label: t('refusal.why_short'), hidden: true, render: row => row.refused_because },
    { key: 'because', label: t('because'), hidden: true, render: row => <Text size="xs" c="dimmed">{row.assigned_because}</Text> },
    { key: 'created', label: t('created'), render: row => <TimeAgo time={row.created_at} size="sm" /> },
  ]
}
