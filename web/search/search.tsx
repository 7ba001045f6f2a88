import { useState } from 'react'
import type { KeyboardEvent } from 'react'
import { Loader } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Spotlight, spotlight } from '@mantine/spotlight'
import { IconAddressBook, IconBriefcase, IconFilter, IconForms, IconMail, IconRoute, IconSearch, IconSend } from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { api, withQuery } from '../app/api.ts'
import type { SearchResult } from '../../shared/search.ts'
import { navigation } from '../app/navigation.ts'
import classes from './search.module.css'

const kinds: { kind: SearchResult['kind'], icon: Icon, path: string }[] = [
  { kind: 'contact', icon: IconAddressBook, path: '/contacts' },
  { kind: 'deal', icon: IconBriefcase, path: '/contacts' },
  { kind: 'segment', icon: IconFilter, path: '/segments' },
  { kind: 'journey', icon: IconRoute, path: '/journeys' },
  { kind: 'campaign', icon: IconSend, path: '/campaigns' },
  { kind: 'template', icon: IconMail, path: '/templates' },
  { kind: 'form', icon: IconForms, path: '/forms' },
]

/** Ctrl-K: finds people and everything made here, and opens any page by its name. */
export function Search() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const [asked] = useDebouncedValue(text.trim(), 120)
  const hits = useQuery({
    queryKey: ['search', asked],
    queryFn: ({ signal }) => api.get<{ data: SearchResult[] }>(withQuery('/search', { q: asked }), { signal }),
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
  })
  const found = asked === '' ? [] : hits.data?.data ?? []
  const lower = text.trim().toLowerCase()
  const pages = navigation.flatMap(group => group.items).filter(item => lower === '' || t(`menu.${item.key}`).toLowerCase().includes(lower))
  const open = (to: string) => void navigate(to)
  // Enter without having moved down takes what stands first.
  const first = kinds.flatMap(({ kind, path }) => found.filter(hit => hit.kind === kind).map(hit => `${path}/${hit.id}`))[0] ?? pages[0]?.to
  const isCurrent = asked === text.trim() && !hits.isFetching
  const firstClass = (to: string) => text.trim() !== '' && to === first ? classes.first ?? '' : ''
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== 'Enter' || text.trim() === '' || !isCurrent || first === undefined || document.querySelector(`.${classes.list} [data-selected]`) !== null) return
    spotlight.close()
    open(first)
  }

  return (
    <Spotlight.Root overlayProps={{ blur: 0, backgroundOpacity: 0.45 }} query={text} onQueryChange={setText} shortcut={['mod + K', '/']} scrollable maxHeight="min(70vh, 560px)" clearQueryOnClose>
      <Spotlight.Search onKeyDown={onKeyDown} placeholder={t('search.placeholder')} aria-label={t('search.placeholder')} leftSection={hits.isFetching ? <Loader size={16} /> : <IconSearch size={18} stroke={1.7} />} />
      <Spotlight.ActionsList className={classes.list ?? ''}>
        {kinds.map(({ kind, icon: KindIcon, path }) => {
          const ofKind = found.filter(hit => hit.kind === kind)
          if (ofKind.length === 0) return null
          return (
            <Spotlight.ActionsGroup key={kind} label={t(`search.kinds.${kind}`)}>
              {ofKind.map(hit => (
                <Spotlight.Action
                  key={`${hit.id} ${hit.title}`} className={firstClass(`${path}/${hit.id}`)} label={hit.title} description={hit.detail} onClick={() => open(`${path}/${hit.id}`)}
                  leftSection={<KindIcon size={18} stroke={1.7} />}
                />
              ))}
            </Spotlight.ActionsGroup>
          )
        })}
        {pages.length > 0 && (
          <Spotlight.ActionsGroup label={t('search.pages')}>
            {pages.map(item => (
              <Spotlight.Action key={item.key} className={firstClass(item.to)} label={t(`menu.${item.key}`)} onClick={() => open(item.to)} leftSection={<item.icon size={18} stroke={1.7} />} />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {found.length === 0 && pages.length === 0 && <Spotlight.Empty>{hits.isFetching ? t('search.searching') : t('search.nothing')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  )
}
