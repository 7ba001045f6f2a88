import { useEffect, useMemo, useState } from 'react'
import { ActionIcon, Badge, Button, Group, Menu, Text, TextInput } from '@mantine/core'
import { useDebouncedValue, useDisclosure } from '@mantine/hooks'
import { IconDownload, IconFilterPlus, IconListCheck, IconPlus, IconSearch, IconUpload, IconUsers } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import type { ContactListRow, CustomField } from '../../shared/contacts.ts'
import type { Condition } from '../../shared/conditions.ts'
import { apiUrl, withQuery } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { isTree } from '../conditions/condition-text.ts'
import { UnderWay } from '../bulk/under-way.tsx'
import { DataList, useSelection } from '../ui/data-list.tsx'
import type { Column } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useClassName } from '../features/class-name.ts'
import { useFormat } from '../ui/format.ts'
import type { Format } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { AddContact } from './add-contact.tsx'
import { BulkActions } from './bulk-actions.tsx'
import { FieldValueText } from './field-value.tsx'
import { PersonCell } from './person-cell.tsx'
import { QuickFilters } from './quick-filters.tsx'
import { SaveAsSegment } from './save-as-segment.tsx'
import { useCustomFields } from './use-reference.ts'

/** The people of the company: found, narrowed down, chosen. What is asked for stands in the address, so that it can be kept and sent. */
export function Page() {
  const { t } = useTranslation('contacts')
  const mayWrite = useMay('contacts')
  const mayMarket = useMay('marketing')
  const [params, setParams] = useSearchParams()
  const search = params.get('search') ?? ''
  const [adding, { open: add, close: closeAdding }] = useDisclosure(false)
  const [savingSegment, { open: saveSegment, close: closeSegment }] = useDisclosure(false)
  const parts: Condition[] = [...leavesOfLinks(params), ...readParts(params.get('filter'))]
  const sort = params.get('sort') ?? '-created_at'
  const query = {
    search,
    filter: parts.length === 0 ? null : JSON.stringify({ all: parts }),
  }
  const path = withQuery('/contacts', { ...query, sort })
  const selection = useSelection(path)
  /** the list everybody of whom is chosen, not only the rows loaded */
  const [everybody, setEverybody] = useState<string | null>(null)
  const isNarrowed = search !== '' || parts.length > 0
  const columns = useColumns()

  // From the address itself: what the page was last drawn with may be a keystroke behind.
  const changeParams = (change: (query: URLSearchParams) => void) => {
    const next = new URLSearchParams(window.location.search)
    change(next)
    setParams(next, { replace: true })
  }
  const setParam = (name: string, value: string | null) => changeParams((query) => {
    if (value === null || value === '') query.delete(name)
    else query.set(name, value)
  })
  const setParts = (next: Condition[]) => changeParams((query) => {
    for (const name of ['segment', 'tag', 'owner', 'filter']) query.delete(name)
    if (next.length > 0) query.set('filter', JSON.stringify(next))
  })

  return (
    <>
      <PageHeader
        title={t('title')}
        actions={(
          <>
            {mayWrite && <ActionIcon variant="default" size={36} component={Link} to="/bulk-actions" aria-label={t('bulk:title')} title={t('bulk:title')}><IconListCheck size={17} stroke={1.7} /></ActionIcon>}
            <Menu position="bottom-end">
              <Menu.Target><Button variant="default" leftSection={<IconDownload size={16} />}>{t('export')}</Button></Menu.Target>
              <Menu.Dropdown>
                {(['csv', 'xlsx'] as const).map(format => <Menu.Item key={format} component="a" download href={apiUrl('/contacts/export', { ...query, sort, format })}>{t(`export_${format}`)}</Menu.Item>)}
              </Menu.Dropdown>
            </Menu>
            {mayMarket && <Button variant="default" component={Link} to="/imports" leftSection={<IconUpload size={16} />} visibleFrom="sm">{t('import')}</Button>}
            {mayWrite && <Button onClick={add} leftSection={<IconPlus size={16} />}>{t('add')}</Button>}
          </>
        )}
      />
      {mayWrite && <UnderWay />}
      <DataList<ContactListRow>
        name="contacts" path={path} columns={columns} rowKey={row => row.id} rowTo={row => `/contacts/${row.id}`} minWidth={760}
        sort={sort} onSort={next => setParam('sort', next === '-created_at' ? null : next)}
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
                <SearchInput search={search} onSearch={text => setParam('search', text)} />
                <QuickFilters parts={parts} onChange={setParts} />
                {parts.length > 0 && mayMarket && (
                  <Button variant="subtle" size="xs" leftSection={<IconFilterPlus size={15} />} onClick={saveSegment}>{t('save_as_segment')}</Button>
                )}
              </Group>
            )}
        empty={isNarrowed
          ? <EmptyState icon={IconSearch} title={t('nobody_found.title')} text={t('nobody_found.text')} action={<Button variant="default" onClick={() => setParams({})}>{t('nobody_found.clear')}</Button>} />
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
      <AddContact opened={adding || params.has('add')} onClose={() => { closeAdding(); setParam('add', null) }} />
      <SaveAsSegment opened={savingSegment} onClose={closeSegment} condition={{ all: parts }} />
    </>
  )
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
  return <TextInput w={{ base: '100%', xs: 280 }} leftSection={<IconSearch size={16} stroke={1.7} />} placeholder={t('search')} aria-label={t('search')} value={typed} onChange={event => setTyped(event.currentTarget.value)} />
}

/** Links to this page may name a segment, tag or owner plainly: `/contacts?segment=4`. */
function leavesOfLinks(params: URLSearchParams): Condition[] {
  const [segment, tag, owner] = ['segment', 'tag', 'owner'].map(name => Number(params.get(name)) || null)
  return [
    ...(segment ? [{ segment, in: true }] : []),
    ...(tag ? [{ tag, has: true }] : []),
    ...(owner ? [{ field: 'owner_id', operator: 'is', value: owner }] : []),
  ]
}

function readParts(text: string | null): Condition[] {
  if (text === null) return []
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.filter(part => isTree(part)) : []
  } catch {
    return []
  }
}

function useColumns(): Column<ContactListRow>[] {
  const { t, i18n } = useTranslation('contacts')
  const format = useFormat()
  const fields = useCustomFields()
  const className = useClassName()
  return useMemo(() => {
    const languages = new Intl.DisplayNames([i18n.language], { type: 'language' })
    return columnsOf(t, format, fields, languages, className)
  }, [t, i18n.language, format, fields])
}

function columnsOf(t: (key: string) => string, format: Format, fields: CustomField[], languages: Intl.DisplayNames, className: (key: string) => string): Column<ContactListRow>[] {
  return [
    { key: 'name', label: t('columns.name'), sort: 'name', fixed: true, render: row => <PersonCell name={row.name} email={row.email} /> },
    { key: 'phone', label: t('columns.phone'), hidden: true, render: row => row.phone },
    { key: 'city', label: t('columns.city'), render: row => row.city },
    { key: 'company', label: t('columns.company'), hidden: true, render: row => row.company },
    { key: 'source', label: t('columns.source'), hidden: true, render: row => row.source },
    { key: 'locale', label: t('columns.locale'), hidden: true, render: row => row.locale === null ? '' : languageName(row.locale, languages) },
    { key: 'tags', label: t('columns.tags'), render: row => row.tags.length === 0 ? null : <Group gap={4}>{row.tags.slice(0, 3).map(tag => <Badge key={tag.id} color="gray">{tag.name}</Badge>)}{row.tags.length > 3 && <Text size="xs" c="dimmed">+{row.tags.length - 3}</Text>}</Group> },
    { key: 'owner', label: t('columns.owner'), render: row => row.owner?.name },
    ...fields.map((field): Column<ContactListRow> => ({
      key: `fields.${field.key}`, label: field.label, hidden: true, align: field.kind === 'number' || field.kind === 'money' ? 'right' : 'left',
      render: row => row.fields[field.key] === undefined || row.fields[field.key] === null ? null : <FieldValueText field={field} value={row.fields[field.key] ?? null} />,
    })),
    { key: 'orders', label: t('columns.orders'), align: 'right', render: row => row.orders_count === 0 ? <Text size="sm" c="dimmed">0</Text> : format.number(row.orders_count) },
    { key: 'revenue', label: t('columns.revenue'), sort: 'revenue', align: 'right', render: row => row.revenue === 0 ? <Text size="sm" c="dimmed">{format.money(0, row.currency)}</Text> : format.money(row.revenue, row.currency) },
    { key: 'engagement_score', label: t('columns.engagement_score'), sort: 'engagement_score', hidden: true, align: 'right', render: row => row.engagement_score === 0 ? <Text size="sm" c="dimmed">0</Text> : format.number(row.engagement_score) },
    { key: 'rfm_class', label: t('columns.rfm_class'), hidden: true, render: row => row.rfm_class === null ? null : className(row.rfm_class) },
    { key: 'predicted_value', label: t('columns.predicted_value'), hidden: true, align: 'right', render: row => row.predicted_value === null ? null : format.money(row.predicted_value, row.currency) },
    { key: 'last_event', label: t('columns.last_event'), sort: 'last_event_at', render: row => row.last_event_at === null ? null : <TimeAgo time={row.last_event_at} size="sm" /> },
    { key: 'created', label: t('columns.created'), sort: 'created_at', render: row => <TimeAgo time={row.created_at} size="sm" /> },
  ]
}

function languageName(tag: string, names: Intl.DisplayNames): string {
  try {
    return names.of(tag) ?? tag
  } catch {
    return tag
  }
}
