import { useState } from 'react'
import type { KeyboardEvent } from 'react'
import { Loader, Mark } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Spotlight, spotlight } from '@mantine/spotlight'
import { IconAddressBook, IconBriefcase, IconBuilding, IconChecklist, IconFilter, IconForms, IconMail, IconPlus, IconRoute, IconSearch, IconSend, IconTargetArrow } from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { api, withQuery } from '../app/api.ts'
import { useMay, useSession } from '../app/session.tsx'
import { markMatches } from '../../shared/search-marks.ts'
import type { SearchKind, SearchResult, SearchResults } from '../../shared/search.ts'
import { keepRecent, readRecent } from './recent.ts'
import { isNamed, useFoundPages } from './search-pages.ts'
import classes from './search.module.css'

const kinds: Record<SearchKind, { icon: Icon, path: (result: SearchResult) => string }> = {
  contact: { icon: IconAddressBook, path: result => `/contacts/${result.id}` },
  company: { icon: IconBuilding, path: result => `/companies/${result.id}` },
  lead: { icon: IconTargetArrow, path: result => `/contacts/${result.contact_id}` },
  deal: { icon: IconBriefcase, path: result => `/deals/${result.id}` },
  task: { icon: IconChecklist, path: result => result.contact_id === null ? `/day?task=${result.id}` : `/contacts/${result.contact_id}` },
  segment: { icon: IconFilter, path: result => `/segments/${result.id}` },
  journey: { icon: IconRoute, path: result => `/journeys/${result.id}` },
  campaign: { icon: IconSend, path: result => `/campaigns/${result.id}` },
  template: { icon: IconMail, path: result => `/templates/${result.id}` },
  form: { icon: IconForms, path: result => `/forms/${result.id}` },
}

type Line = { key: string, to: string, label: string, detail?: string, icon: Icon, kind?: SearchKind, query?: string }

const lineOf = (hit: SearchResult): Line => ({ key: `${hit.kind} ${hit.id}`, to: kinds[hit.kind].path(hit), label: hit.title, detail: hit.detail, icon: kinds[hit.kind].icon, kind: hit.kind })

/** Ctrl-K: finds people and everything made here, opens any page by its name, begins new things. */
export function Search() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { user } = useSession()
  const [text, setText] = useState('')
  const [recent, setRecent] = useState(() => readRecent(user.id))
  const typed = text.trim()
  const [asked] = useDebouncedValue(typed, 120)
  const hits = useQuery({
    queryKey: ['search', asked],
    queryFn: ({ signal }) => api.get<SearchResults>(withQuery('/search', { q: asked }), { signal }),
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
  })
  const { data: found, near } = asked === '' || typed === '' || hits.data === undefined ? { data: [], near: [] } : hits.data
  const pages = useFoundPages(typed)
  const actions = useActions(typed)
  const groups: { label: string, lines: Line[] }[] = [
    { label: t('search.recent'), lines: (typed === '' ? recent : []).map(each => ({ key: `recent ${each.to}`, to: each.to, label: each.title, icon: kinds[each.kind].icon, kind: each.kind })) },
    // The server has put them in order: the kind of the best result first.
    ...[...new Set(found.map(hit => hit.kind))].map(kind => ({
      label: t(`search.kinds.${kind}`),
      lines: found.filter(hit => hit.kind === kind).map(lineOf),
    })),
    ...[...new Set(near.map(hit => hit.shown_for))].map(words => ({
      label: t('search.shown_for', { words }),
      lines: near.filter(hit => hit.shown_for === words).map(hit => ({ ...lineOf(hit), query: words })),
    })),
    { label: t('search.actions'), lines: actions },
    { label: t('search.pages'), lines: pages.map(page => ({ key: page.to, to: page.to, label: page.label, icon: page.icon })) },
  ].filter(group => group.lines.length > 0)

  const open = (line: Line) => {
    if (line.kind !== undefined) setRecent(keepRecent(user.id, { kind: line.kind, title: line.label, to: line.to }))
    void navigate(line.to)
  }
  // Enter without having moved down takes what stands first.
  const first = typed === '' ? undefined : groups[0]?.lines[0]
  const isCurrent = asked === typed && !hits.isFetching
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== 'Enter' || !isCurrent || first === undefined || document.querySelector(`.${classes.list} [data-selected]`) !== null) return
    spotlight.close()
    open(first)
  }

  return (
    <Spotlight.Root overlayProps={{ blur: 0, backgroundOpacity: 0.45 }} query={text} onQueryChange={setText} shortcut={['mod + K', '/']} scrollable maxHeight="min(70vh, 560px)" clearQueryOnClose>
      <Spotlight.Search onKeyDown={onKeyDown} placeholder={t('search.placeholder')} aria-label={t('search.placeholder')} leftSection={hits.isFetching ? <Loader size={16} /> : <IconSearch size={18} stroke={1.7} />} />
      <Spotlight.ActionsList className={classes.list ?? ''}>
        {groups.map(group => (
          // Not Spotlight.ActionsGroup: it draws its label by CSS, which a screen reader may pass over.
          <div key={group.label} role="group" aria-label={group.label} className={classes.group}>
            <div className={classes.label} aria-hidden>{group.label}</div>
            {group.lines.map(line => (
              <Spotlight.Action key={line.key} className={line === first ? classes.first ?? '' : ''} onClick={() => open(line)}>
                <line.icon size={18} stroke={1.7} className={classes.icon ?? ''} aria-hidden />
                <span className={classes.words}>
                  <span><Marked text={line.label} query={line.query ?? typed} /></span>
                  {line.detail !== undefined && line.detail !== '' && <span className={classes.detail}><Marked text={line.detail} query={line.query ?? typed} /></span>}
                </span>
              </Spotlight.Action>
            ))}
          </div>
        ))}
        {groups.length === 0 && <Spotlight.Empty>{hits.isFetching ? t('search.searching') : t('search.nothing')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  )
}

function Marked({ text, query }: { text: string, query: string }) {
  return markMatches(text, query).map((piece, index) => piece.isMatch ? <Mark key={index}>{piece.text}</Mark> : piece.text)
}

/** What can be begun from here; nothing typed: all that the role allows. */
function useActions(typed: string): Line[] {
  const { t } = useTranslation()
  const [mayAdd, mayMarket] = [useMay('contacts'), useMay('marketing')]
  const actions: Line[] = [
    ...mayAdd ? [{ key: 'new contact', to: '/contacts?add=1', label: t('search.new_contact'), icon: IconPlus }] : [],
    ...mayMarket ? [{ key: 'new segment', to: '/segments/new', label: t('search.new_segment'), icon: IconPlus }] : [],
  ]
  return typed === '' ? actions : actions.filter(action => isNamed(action.label, typed))
}
