import { useEffect, useState } from 'react'
import { ActionIcon, Button, Group, Text, TextInput } from '@mantine/core'
import { useDebouncedValue, useDisclosure } from '@mantine/hooks'
import { IconFilterPlus, IconListCheck, IconPlus, IconSearch, IconUpload, IconUsers } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import type { ContactListRow } from '../../shared/contacts.ts'
import type { Condition } from '../../shared/conditions.ts'
import { api, withQuery } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { UnderWay } from '../bulk/under-way.tsx'
import { ExportsMenu } from '../exports/exports-menu.tsx'
import { useView } from '../lists/use-view.ts'
import { ViewTabs } from '../lists/view-tabs.tsx'
import { DataList, useSelection } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useFormat } from '../ui/format.ts'
import { useShownColumns } from '../ui/list-columns.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { AddContact } from './add-contact.tsx'
import { BulkActions } from './bulk-actions.tsx'
import { useContactColumns } from './contact-columns.tsx'
import { QuickFilters } from './quick-filters.tsx'
import { SaveAsSegment } from './save-as-segment.tsx'

/** The people of the company: found, narrowed down, chosen, changed. What is asked for stands in the address, so that it can be kept and sent. */
export function Page() {
  const { t } = useTranslation('contacts')
  const mayWrite = useMay('contacts')
  const mayMarket = useMay('marketing')
  const [params, setParams] = useSearchParams()
  const [adding, { open: add, close: closeAdding }] = useDisclosure(false)
  const [savingSegment, { open: saveSegment, close: closeSegment }] = useDisclosure(false)
  const state = useView('contacts', '-created_at', links)
  const { search, filter: parts, sort } = state
  const query = { search, filter: parts.length === 0 ? null : JSON.stringify({ all: parts }) }
  const path = withQuery('/contacts', { ...query, sort })
  const selection = useSelection(path)
  /** the list everybody of whom is chosen, not only the rows loaded */
  const [everybody, setEverybody] = useState<string | null>(null)
  const isNarrowed = search !== '' || parts.length > 0
  const columns = useContactColumns()
  const shown = useShownColumns(columns, state.columns).map(column => ({ key: column.key, width: column.given }))
  const endAdding = () => {
    closeAdding()
    setParams((before) => {
      before.delete('add')
      return before
    }, { replace: true })
  }

  return (
    <>
      <PageHeader
        title={t('title')}
        actions={(
          <>
            {mayWrite && <ActionIcon variant="default" size={36} component={Link} to="/bulk-actions" aria-label={t('bulk:title')} title={t('bulk:title')}><IconListCheck size={17} stroke={1.7} /></ActionIcon>}
            {mayWrite && <ExportsMenu asked={{ search, filter: parts.length === 0 ? undefined : { all: parts }, sort, columns: shown.map(column => column.key) }} />}
            {mayMarket && <Button variant="default" component={Link} to="/imports" leftSection={<IconUpload size={16} />} visibleFrom="sm">{t('import')}</Button>}
            {mayWrite && <Button onClick={add} leftSection={<IconPlus size={16} />}>{t('add')}</Button>}
          </>
        )}
      />
      <ViewTabs list="contacts" state={state} columns={() => shown} />
      {mayWrite && <UnderWay />}
      {state.ready && (
        <DataList<ContactListRow>
          name="contacts" path={path} columns={columns} columnsState={state.columnsState} rowKey={row => row.id} rowTo={row => `/contacts/${row.id}`} minWidth={760} keys
          live={{ topic: key => `contact:${key}`, path: keys => `/contacts?limit=200&ids=${keys.slice(0, 200).join(',')}` }}
          sort={sort} onSort={next => state.set({ sort: next })}
          {...(mayWrite ? { selection: { ...selection, onChange: (next: ReadonlySet<string | number>) => { setEverybody(null); selection.onChange(next) } } } : {})}
          toolbar={selection.selected.size > 0
            ? (
                <BulkActions
                  ids={[...selection.selected].map(Number)} all={everybody === path ? { search, filter: parts.length === 0 ? undefined : { all: parts } } : null}
                  onAll={() => setEverybody(path)} onDone={() => { setEverybody(null); selection.onChange(new Set()) }}
                />
              )
            : (
                <Group gap="xs">
                  <SearchInput key={state.view?.id ?? 'all'} search={search} onSearch={text => state.set({ search: text })} />
                  <QuickFilters parts={parts} onChange={next => state.set({ filter: next })} />
                  {parts.length > 0 && mayMarket && (
                    <Button variant="subtle" size="xs" leftSection={<IconFilterPlus size={15} />} onClick={saveSegment}>{t('save_as_segment')}</Button>
                  )}
                  <Count query={query} />
                </Group>
              )}
          empty={isNarrowed
            ? <EmptyState icon={IconSearch} title={t('nobody_found.title')} text={t('nobody_found.text')} action={<Button variant="default" onClick={() => state.set({ search: '', filter: [] })}>{t('nobody_found.clear')}</Button>} />
            : (
                <EmptyState
                  icon={IconUsers} title={t('empty.title')} text={t('empty.text')}
                  action={(
                    <>
                      {mayMarket && <Button component={Link} to="/imports" leftSection={<IconUpload size={16} />}>{t('import')}</Button>}
                      {mayWrite && <Button variant="default" onClick={add}>{t('add')}</Button>}
                    </>
                  )}
                />
              )}
        />
      )}
      <AddContact opened={adding || params.has('add')} onClose={endAdding} />
      <SaveAsSegment opened={savingSegment} onClose={closeSegment} condition={{ all: parts }} />
    </>
  )
}

/** How many there are; that it is not known exactly is said. */
function Count({ query }: { query: { search: string, filter: string | null } }) {
  const { t } = useTranslation('lists')
  const format = useFormat()
  const path = withQuery('/contacts/count', query)
  const found = useQuery({ queryKey: ['list', path], queryFn: ({ signal }) => api.get<{ count: number, exact: boolean }>(path, { signal }), placeholderData: previous => previous })
  if (found.data === undefined || found.data.count === 0) return null
  const { count, exact } = found.data
  return <Text size="sm" c="dimmed" ml="auto">{exact ? t('count', { count, number: format.number(count) }) : t('more_than', { number: format.number(count) })}</Text>
}

/** What is typed is asked for when the hand rests. */
function SearchInput({ search, onSearch }: { search: string, onSearch: (text: string) => void }) {
  const { t } = useTranslation('contacts')
  const [typed, setTyped] = useState(search)
  const [rested] = useDebouncedValue(typed.trim(), 200)
  useEffect(() => {
    if (rested !== search) onSearch(rested)
    // Asked when the hand rests, not when the address changes by itself.
  }, [rested])
  useEffect(() => {
    // Cleared from elsewhere.
    if (search === '') setTyped(text => text.trim() === rested ? '' : text)
  }, [search])
  return <TextInput data-list-search w={{ base: '100%', xs: 280 }} leftSection={<IconSearch size={16} stroke={1.7} />} placeholder={t('search')} aria-label={t('search')} value={typed} onChange={event => setTyped(event.currentTarget.value)} />
}

/** Links to this page may name a segment, tag or owner plainly: `/contacts?segment=4`. */
const links: Record<string, (value: string) => Condition> = {
  segment: value => ({ segment: Number(value), in: true }),
  tag: value => ({ tag: Number(value), has: true }),
  owner: value => ({ field: 'owner_id', operator: 'is', value: Number(value) }),
}
